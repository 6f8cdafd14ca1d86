"""The command line and the wiring of each process; the only place that knows all rooms.

`cli` names the commands, the files here are those that need no folder; `wiring` puts a process
together, `http` stands around its routes, `doctor` looks for faults, `documents` draws tables into
`docs/`, `nlu` trains and opens the model, `rasa` runs a real Rasa. Nothing may be imported from
here but by `tools`, `bench` and tests. Begin with `serve.run`, then `wiring.assembly.assemble`.
"""
