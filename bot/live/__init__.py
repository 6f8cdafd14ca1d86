"""Hand-over of a conversation to a person: the leader on duty and back.

Begin with `desk.LiveDesk`, which passes a citizen's messages on. `news` takes the events of a talk,
`watch` looks after conversations whose desk cannot be reached, in the rows of `outages`. Imported
by `bot.app` and `solvefirst` only; imports `dialogue`, `outbound` and `store`.
"""
