"""Leaders on duty (领导带班接听): sessions, the queue, talks with citizens, the leader's desk.

The citizen's side receives events (`store.Live.tell`). Figures count talks, and privacy exports and
erases them, both through `service`; `solvefirst/` wires `jobs.LiveSweep`. Begin with `rules`, which
defines a talk, then `service.talks` and `service.desk`.
"""
