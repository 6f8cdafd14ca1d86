"""Run the case form: opening message, questions, further matters, and filing.

Begin with `beginning.begin`, which opens the form, and `case_form.ValidateCaseForm`, which handles
each message of the form. `opening.OpenTheCase` files the confirmed matter. `case` and `talk` may
import it; it imports `judgement` and the files of `actions`.
"""
