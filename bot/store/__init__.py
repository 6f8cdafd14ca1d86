"""The tables of the citizen's side and the statements on them; every function is one transaction.

Begin with `tables`, then `conversations`, where a message is taken in and a turn ends. `records`
reads back, `envelope` seals and opens bodies, `modes` says who answers, `holds` and `sole` are
leases of a whole process. May be imported by every folder of `bot`; imports none of them.
"""
