"""Embedded engine: runs the files of a Rasa project in this process.

`agent.load_agent` loads the project or rejects it with `problems.ProjectInvalid`; `project` reads
it. `turn` runs a message by `rules` over a `conversation` and the declared `domain`; each of these
folders imports only those named after it. May be used as a library: see README.md and, for the
supported features of Rasa, docs/adr/0002-embedded-engine.md. Begin with `agent`.
"""
