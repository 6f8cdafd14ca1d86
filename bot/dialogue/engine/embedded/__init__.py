"""The embedded engine: a Rasa project's files run in this process.

`runtime.create` loads the project or refuses it with `problems.ProjectInvalid`. What is run of
Rasa's features, and where this differs from Rasa on purpose, is docs/adr/0002-embedded-engine.md.
"""
