"""One message: slots are filled, actions are predicted and run until one listens.

`turn` is that loop; `extraction` fills slots, `forms` runs a form, `actions` runs built-in and own
actions, `calls` calls rasa-sdk. Imports `rules`, `conversation` and `domain`. Begin with `turn`.
"""
