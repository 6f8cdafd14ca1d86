"""Read the answer to one question of the catalogue, by its type."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from actions.message import Entity, UnderstoodMessage
from actions.phrases import has_letters, names_one, phrases
from api.contract import DetailDefinition

YES, NO = "yes", "no"
LINE = 500
"""Most characters of one detail, as in the contract's `Line`."""

_SHAPED = {"place", "time", "phone", "plate", "amount"}
"""Types for which the understanding has an entity of the same name."""

_CLAUSE = re.compile(r"[,，;；。、\n]")

CERTAIN = 0.75
"""Least confidence of a detail that was not asked for."""

_FIRM, _INSTITUTION, _HOSPITAL = ("merchant", "employer"), "institution", "hospital"
_TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "merchant": (*_FIRM, _INSTITUTION),
    "employer": (*reversed(_FIRM), _INSTITUTION),
    "company": _FIRM,
    "institution": (_INSTITUTION,),
    "hospital": (_HOSPITAL,),
    "account_number": ("account_number",),
    "demand": ("demand",),
    "head_count": ("people",),
}
"""Details that a longer text may contain, each with its entities, best first.

A company is labelled merchant or employer depending on the topic, so both are accepted for each
other. A school sells courses and employs people, so it counts too. The reverse is not accepted:
next to an unnamed school or hospital the company is its supplier, and next to an unnamed shop the
hospital is where a person was treated. Offices that the citizen asked for help are ignored.
"""

PARTIES = frozenset({"merchant", "employer", "company", "institution", "hospital"})
"""Those of them that name the party concerned."""

_STRICT = {"phone"}
"""Types that accept no free words."""


def fits(definition: DetailDefinition, message: UnderstoodMessage) -> bool:
    """Return whether `message` has an entity of the requested type, so its words need no check."""
    if definition.type in ("amount", "number"):
        return holds(definition, message) or phrases.quantities(message.said) > 0
    if definition.type in _SHAPED:
        return holds(definition, message)
    if definition.type == "yes_no":
        return message.intent in ("affirm", "deny") or phrases.has_none(message.said)
    if definition.type == "choice":
        return _chosen(definition, message) is not None
    return False


def holds(definition: DetailDefinition, message: UnderstoodMessage) -> bool:
    """Whether the understanding found a detail of the wanted type in `message`."""
    return message.word(definition.type) is not None


def read(definition: DetailDefinition, message: UnderstoodMessage) -> Any:  # noqa: ANN401 - by type, below
    """Read the answer to `definition` from `message`; `None` when there is none.

    A place or time is a mapping with the citizen's words under `text`. Any other answer is text:
    for a choice its value, for a yes/no question `yes` or `no`. Words without a recognised entity
    are stored unchanged as the answer, because staff can read what a rule cannot. Only a phone
    number must be recognised.
    """
    if definition.type in ("place", "time"):
        return _structured(definition.type, message)
    if fits(definition, message):
        return _shaped(definition, message)
    if definition.type in _STRICT or not has_letters(message.said):
        return None
    if definition.type in _SHAPED and any(message.word(type_) for type_ in _SHAPED):
        return None  # it answers another requested detail
    return message.said


def named(key: str, message: UnderstoodMessage) -> Entity | None:
    """Return the entity for the detail `key` in `message`; `None` when it is ambiguous.

    It is the only entity of the best kind, or else the only one of any kind. With two entities,
    even if one is uncertain, the citizen is asked. The understanding has a confidence of 0.8 or
    more for proper names, clear demands, and the number of people in "we". It has 0.6 for generic
    words (装修公司) or a "please" in a description. Those would otherwise be stored in the case as
    the citizen's statement.
    """
    kinds = _TOLD_BY.get(key, ())
    entities = [entity for entity in message.entities if _kind(entity) in kinds and _text(entity)]
    entities = [entity for entity in entities if _kind(entity) == kinds[0]] or entities
    fullest = max(entities, key=lambda entity: len(_text(entity)), default=None)
    if fullest is None or not all(_same(entity, fullest) for entity in entities):
        return None
    return fullest if fullest.confidence >= CERTAIN else None


def _kind(entity: Entity) -> str:
    """Return the entity's name, or a closer kind: of institution, or of what a number counts."""
    sort = phrases.institution(_text(entity)) if entity.name == _INSTITUTION else entity.role
    return sort or entity.name


def _text(entity: Entity) -> str:
    """Return its value if it is in the text: buttons carry no such entity."""
    return str(entity.value).strip() if entity.words else ""


def _same(entity: Entity, fullest: Entity) -> bool:
    """Return whether both are the same, the first perhaps shortened."""
    text, other = _text(entity), _text(fullest)
    return text == other or (text in other and not text.isdigit())


def without(said: str, kept: Collection[str]) -> str:
    """`said` without the clauses whose words were `kept` elsewhere, when one clause is left."""
    clauses = [clause for clause in _CLAUSE.split(said) if clause.strip()]
    parts = [clause.strip() for words in kept for clause in _CLAUSE.split(words) if clause.strip()]
    own = [clause for clause in clauses if not any(part in clause for part in parts)]
    return own[0].strip() if len(own) == 1 else said


def _structured(kind: str, message: UnderstoodMessage) -> dict[str, Any] | None:
    value = message.value(kind)
    if isinstance(value, Mapping) and message.word(kind):
        return {**value, "text": message.word(kind)}
    if message.word(kind):
        return {"text": message.word(kind)}
    if not has_letters(message.said) or any(message.word(type_) for type_ in _SHAPED):
        return None
    return {"text": message.said}


def _shaped(definition: DetailDefinition, message: UnderstoodMessage) -> str | None:
    if definition.type == "yes_no":
        return YES if message.intent == "affirm" else NO
    if definition.type == "choice":
        return _chosen(definition, message)
    if definition.type in ("amount", "number"):
        return _quantity(definition.type, message)
    return message.word(definition.type)


def _quantity(kind: str, message: UnderstoodMessage) -> str:
    """Give the sum or count that was found alone, else all that was said: a reader adds it up."""
    word = message.word(kind)
    alone = len(message.values(kind)) == 1 and phrases.quantities(message.said) <= 1
    return word if word is not None and alone else message.said


def _chosen(definition: DetailDefinition, message: UnderstoodMessage) -> str | None:
    values = {choice.value for choice in definition.choices}
    if message.word("choice") in values:
        return message.word("choice")
    said = message.said
    called = [
        choice.value
        for choice in definition.choices
        if names_one(said, (choice.names.zh, choice.names.en))
    ]
    return called[0] if len(called) == 1 else None
