"""The embedded engine: a Rasa project's files run in this process.

`create` loads the project or refuses it with `ProjectInvalid`. What is run of Rasa's features, and
where this differs from Rasa on purpose, is docs/adr/0002-embedded-engine.md.
"""

from bot.engine.embedded.hazards import hazards
from bot.engine.embedded.problems import Problem, ProjectInvalid
from bot.engine.embedded.runtime import EmbeddedEngine, Trace, create

__all__ = ["EmbeddedEngine", "Problem", "ProjectInvalid", "Trace", "create", "hazards"]
