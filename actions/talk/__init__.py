"""The rest of the talk: short answers, questions, a person to speak to, personal data, language.

Begin with `replying`: a yes or no means what was offered before. Nothing imports this folder; it
imports all others of `actions`.
"""
