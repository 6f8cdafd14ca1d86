"""Hand a conversation over to the leader on duty, and back to the bot.

Begin with `desk.LiveDesk`, which passes on a citizen's messages. `news` handles the events of a
live talk. `watch` checks whether the desk can be reached and informs citizens; its rows are in
`outages`. Only `bot.app` and `solvefirst` import it; it imports `dialogue`, `outbound` and `store`.
"""
