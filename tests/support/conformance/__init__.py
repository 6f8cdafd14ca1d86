"""The embedded engine beside a real Rasa 3.6.21: one message to both, and what came of it compared.

`engines` has both behind one way to talk; `rasa_driver` runs inside Rasa's own Python. `turned` is
a turn and how two are compared. `projects` (of `domains`, `rules`, `deeds`) draws small projects
and dialogues at random, `walking` takes them through both.
"""
