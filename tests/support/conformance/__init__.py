"""The embedded engine beside a real Rasa 3.6.21: one message to both, and what came of it compared.

`rasa_driver` runs inside Rasa's own Python, `theirs` speaks to it, `ours` speaks to the embedded engine,
`compare` holds two turns against each other. `projects` and `walks` make small projects and dialogues at random.
"""
