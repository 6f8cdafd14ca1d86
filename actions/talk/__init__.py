"""Handle the other messages: short answers, questions, live talks, personal data, language.

Begin with `replying`: a yes or no answers the last offer. No folder imports this one; it imports
all others of `actions`.
"""
