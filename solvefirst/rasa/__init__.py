"""Run a real Rasa server: its environment, its model, its process, its action server.

`run` is `solvefirst rasa`, all of it in one command. `looking` queries what a server has loaded,
for `doctor` and `serve`. `action_server` serves the actions to it. Imported by `cli`, `serve` and
`doctor`. Begin with `run.run`.
"""
