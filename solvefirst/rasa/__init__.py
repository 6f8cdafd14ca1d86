"""A real Rasa server beside us: its environment, its model, its process, its action server.

`run` is `solvefirst rasa`, all of it in one command; `looking` asks a server what it has loaded,
for `doctor` and `serve`; `action_server` serves the actions to it. Imported by `cli`, `serve` and
`doctor`. Begin with `run.run`.
"""
