"""Command line and wiring of each process; the only package that imports all others.

`cli` defines the commands, `wiring` wires a process, `http` wraps its routes, `doctor` checks for
faults, `documents` writes tables into `docs/`, `nlu` trains and opens the model, `rasa` runs a real
Rasa. Only `tools`, `bench` and tests may import this package. Begin with `serve.run`, then
`wiring.assembly.assemble`.
"""
