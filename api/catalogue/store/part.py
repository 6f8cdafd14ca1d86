"""What every part of a catalogue's files is made of."""

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError


class FilePart(BaseModel):
    """Any part of a file: unknown keys are refused."""

    # Only files are read: a part of one is built with it.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def problem(what: str, instead: str) -> PydanticCustomError:
    """Make what a check raises: what is wrong, and what to write instead."""
    # `instead` travels in the context, where `catalogue_telling` finds it.
    return PydanticCustomError("catalogue", "{what}", {"what": what, "instead": instead})
