"""The case form: what an opening tells, the questions, other matters that wait, and the filing.

Begin with `beginning.begin`, which opens the form, and `case_form.ValidateCaseForm`, which each
message of the form passes; `opening.OpenTheCase` files what was confirmed. May be imported by
`case` and `talk`; imports `judgement` and the files of `actions`.
"""
