"""One conversation: its events, the tracker that applies them, and the state kept between messages.

`events` makes events in Rasa's format, `tracker` applies them, `view` shows the tracker to actions,
`states` to rules; `memory`, `log` and `shorthand` pack it into bytes. Imports `domain` only.
Begin with `tracker.Tracker`.
"""
