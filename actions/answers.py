"""What a message says to one question of the catalogue, by the type of the answer wanted."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from actions.message import Message
from actions.phrases import has_letters, names_one, phrases
from api.contract import DetailDefinition

YES, NO = "yes", "no"
LINE = 500
"""Most characters of one detail, as the contract's `Line` has it."""

_SHAPED = {"place", "time", "phone", "plate", "amount"}
"""Types that the understanding finds in a sentence as an entity of the same name."""

_CLAUSE = re.compile(r"[,，;；。、\n]")

_STRICT = {"phone"}
"""Types that no free words can stand for."""


def fits(definition: DetailDefinition, message: Message) -> bool:
    """Whether `message` holds an answer of the wanted shape, so that its words need no judging."""
    if definition.type in _SHAPED:
        return message.word(definition.type) is not None
    if definition.type == "number":
        return message.word("number") is not None
    if definition.type == "yes_no":
        return message.intent in ("affirm", "deny") or phrases.has_none(message.said)
    if definition.type == "choice":
        return _chosen(definition, message) is not None
    return False


def read(definition: DetailDefinition, message: Message) -> Any:  # noqa: ANN401 - by type, below
    """Read the answer to `definition` out of `message`, `None` when there is none.

    A place or time is a mapping with the citizen's words under `text`; any other answer is text,
    of a choice its value, of a yes/no question `yes` or `no`. Words of no recognisable shape are
    an answer too, as they are: a handler can read what a rule cannot. Only a phone must be one.
    """
    if definition.type in ("place", "time"):
        return _structured(definition.type, message)
    if fits(definition, message):
        return _shaped(definition, message)
    if definition.type in _STRICT or not has_letters(message.said):
        return None
    if definition.type in _SHAPED and any(message.word(one) for one in _SHAPED):
        return None  # it tells something else that was wanted
    return message.said


def without(said: str, kept: Collection[str]) -> str:
    """`said` without the clauses whose words were `kept` elsewhere, when one clause is left."""
    clauses = [one for one in _CLAUSE.split(said) if one.strip()]
    own = [one for one in clauses if not any(words in one for words in kept)]
    return own[0].strip() if len(own) == 1 else said


def _structured(kind: str, message: Message) -> dict[str, Any] | None:
    value = message.value(kind)
    if isinstance(value, Mapping) and message.word(kind):
        return {**value, "text": message.word(kind)}
    if message.word(kind):
        return {"text": message.word(kind)}
    if not has_letters(message.said) or any(message.word(one) for one in _SHAPED):
        return None
    return {"text": message.said}


def _shaped(definition: DetailDefinition, message: Message) -> str | None:
    if definition.type == "yes_no":
        return YES if message.intent == "affirm" else NO
    if definition.type == "choice":
        return _chosen(definition, message)
    return message.word(definition.type)


def _chosen(definition: DetailDefinition, message: Message) -> str | None:
    values = {one.value for one in definition.choices}
    if message.word("choice") in values:
        return message.word("choice")
    said = message.said
    named = [
        one.value for one in definition.choices if names_one(said, (one.names.zh, one.names.en))
    ]
    return named[0] if len(named) == 1 else None
