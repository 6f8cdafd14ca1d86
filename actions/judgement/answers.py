"""What a message says to one question of the catalogue, by the type of the answer wanted."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from actions.message import Entity, UnderstoodMessage
from actions.phrases import has_letters, names_one, phrases
from api.contract import DetailDefinition

YES, NO = "yes", "no"
LINE = 500
"""Most characters of one detail, as the contract's `Line` has it."""

_SHAPED = {"place", "time", "phone", "plate", "amount"}
"""Types that the understanding finds in a sentence as an entity of the same name."""

_CLAUSE = re.compile(r"[,，;；。、\n]")

CERTAIN = 0.75
"""How sure a detail must be that nobody asked for."""

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
"""Details that are told in the middle of a story, by the entities that tell them, the best first.

A firm is called merchant or employer by whether work is spoken of, so either may stand for the
other; who teaches sells courses and employs people. Not the other way round: beside an unnamed
school or hospital the firm is its supplier, beside an unnamed shop the hospital is where one was
brought to. Offices, to which one turned for help, tell nothing.
"""

PARTIES = frozenset({"merchant", "employer", "company", "institution", "hospital"})
"""Of these the ones that say who it is about."""

_STRICT = {"phone"}
"""Types that no free words can stand for."""


def fits(definition: DetailDefinition, message: UnderstoodMessage) -> bool:
    """Whether `message` holds an answer of the wanted shape, so that its words need no judging."""
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
    if definition.type in _SHAPED and any(message.word(type_) for type_ in _SHAPED):
        return None  # it tells something else that was wanted
    return message.said


def named(key: str, message: UnderstoodMessage) -> Entity | None:
    """What `message` tells of the detail `key` by the way; `None` when it might be something else.

    The only entity of the best kind, else the only one of any: where two are told, if one of them
    doubtfully, the citizen is asked. The understanding is sure (0.8 and more) of names that are
    more than a word for what it is, of plain wishes and of how many "we" are; what it doubts (0.6:
    装修公司, a "please" in a story) would stand in the case as if the citizen had said so.
    """
    kinds = _TOLD_BY.get(key, ())
    told = [entity for entity in message.entities if _kind(entity) in kinds and _text(entity)]
    told = [entity for entity in told if _kind(entity) == kinds[0]] or told
    fullest = max(told, key=lambda entity: len(_text(entity)), default=None)
    if fullest is None or not all(_same(entity, fullest) for entity in told):
        return None
    return fullest if fullest.confidence >= CERTAIN else None


def _kind(entity: Entity) -> str:
    """The entity's name, or closer: the sort of an institution, what a number counts."""
    sort = phrases.institution(_text(entity)) if entity.name == _INSTITUTION else entity.role
    return sort or entity.name


def _text(entity: Entity) -> str:
    """Its value, if it stands in the text: a button carries none of these."""
    return str(entity.value).strip() if entity.words else ""


def _same(entity: Entity, fullest: Entity) -> bool:
    """Whether both are one, the first perhaps shortened."""
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
