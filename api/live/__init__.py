"""Leaders on duty (领导带班接听): sessions, the queue, talks with citizens, the leader's desk.

The citizen's side learns of it by events (`store.Live.tell`). Figures count talks and privacy
exports and forgets them, both through `service`; `solvefirst/` wires `jobs.LiveSweep`. Begin with
`rules` for what a talk is, then `service.talks` and `service.desk`.
"""
