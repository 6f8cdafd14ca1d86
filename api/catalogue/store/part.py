"""Base of all parts of a catalogue's files."""

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class FilePart(BaseModel):
    """A part of a file; unknown keys are refused."""

    # Only files are read: a part of one is built with it.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def problem(what: str, instead: str) -> PydanticCustomError:
    """Make the error of a check: the fault, and what to write instead."""
    # `instead` is in the error's context, where `telling` reads it.
    return PydanticCustomError("catalogue", "{what}", {"what": what, "instead": instead})
