"""Embedded engine: runs the files of a Rasa project in this process.

`agent.load_agent` loads the project or rejects it with `problems.ProjectInvalid`. The supported
features of Rasa and the intended differences are listed in docs/adr/0002-embedded-engine.md.
"""
