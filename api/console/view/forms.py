"""Derive the forms of moves from the request models of the services.

A move appears on the case page as soon as the life cycle's table and `moving.ACTS` have it; the
fields of its form are those of its request model. This module names single moves only where a field
needs choices from the catalogue.
"""

import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Literal, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from api.contract import Remark
from api.contract.surveys import SurveyAnswer
from api.domain.lifecycle import TABLE, Move
from api.services.moves import moving
from api.services.surveys import survey
from kernel.clock import SHANGHAI

LONG = 501
"""Length from which a text field has several lines."""

_FUNCTIONS: Mapping[Move, tuple[Callable[..., Any], type[BaseModel]]] = {
    Move.ADD_DETAILS: (moving.add_remark, Remark),
    Move.REMARK: (moving.add_remark, Remark),
    Move.RATE: (survey.answer_survey, SurveyAnswer),
}
"""Moves with their own function, and its request model; `moving.ACTS` has all others."""

_UNASKED = frozenset({"round"})
"""Fields that are not filled in by a person."""

_GIVEN = "attachments"
"""Field of uploaded files."""


class Widget(StrEnum):
    """Input type of a field."""

    LINE = "line"
    WORDS = "words"
    YES_NO = "yes_no"
    CHOICE = "choice"
    MOMENT = "moment"
    NUMBER = "number"
    LIST = "list"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `choices` are the values of a `CHOICE`; words are made on the page."""

    key: str
    widget: Widget
    required: bool
    longest: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoveForm:
    """A move with its function, its request model, and the form's fields."""

    move: Move
    function: Callable[..., Any]
    order: type[BaseModel] | None
    fields: tuple[Field, ...]

    @property
    def opens(self) -> bool:
        """Whether the move opens a new case, which needs a number."""
        return self.move in moving.ACTS and moving.ACTS[self.move].fresh


def form_of(move: Move) -> MoveForm | None:
    """Derive the form of a move; None when no service makes it."""
    order: type[BaseModel] | None
    if move in _FUNCTIONS:
        function, order = _FUNCTIONS[move]
    elif move in moving.ACTS:
        function, order = partial(moving.move, what=move), moving.ACTS[move].order
    else:
        return None
    needs_reason = TABLE[move].needs_reason
    fields = tuple(_fields(order, needs_reason=needs_reason)) if order is not None else ()
    return MoveForm(move, function, order, fields)


def _fields(order: type[BaseModel], *, needs_reason: bool) -> Iterator[Field]:
    for key, info in order.model_fields.items():
        field = None if key in _UNASKED else _field(key, info)
        if field is None:
            continue
        if key == "reason" and needs_reason:
            field = replace(field, required=True)
        yield field


def _field(key: str, info: FieldInfo) -> Field | None:
    """Derive one field; None for fields without input, such as details by key."""
    kind, optional = _bare(info.annotation)
    required = info.is_required() and not optional
    longest = next((limit.max_length for limit in info.metadata if isinstance(limit, MaxLen)), None)
    if longest is None:
        longest = _longest(info.annotation)
    if get_origin(kind) is Literal:
        return Field(key, Widget.CHOICE, required, choices=tuple(map(str, get_args(kind))))
    if key == _GIVEN:
        return Field(key, Widget.FILES, required)
    if get_origin(kind) is tuple:
        return Field(key, Widget.LIST, required)
    if not isinstance(kind, type):
        return None
    if issubclass(kind, StrEnum):
        return Field(key, Widget.CHOICE, required, choices=tuple(choice.value for choice in kind))
    if kind is bool:
        return Field(key, Widget.YES_NO, required)
    if issubclass(kind, datetime):
        return Field(key, Widget.MOMENT, required)
    if kind is int:
        return Field(key, Widget.NUMBER, required)
    if kind is str:
        widget = Widget.WORDS if (longest or LONG) >= LONG else Widget.LINE
        return Field(key, widget, required, longest)
    return None


def _bare(annotation: Any) -> tuple[Any, bool]:  # noqa: ANN401 - a type, of whatever shape
    """Remove `Annotated` and `| None` from a type; return whether None was allowed."""
    optional = False
    while True:
        origin = get_origin(annotation)
        if origin is typing.Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (types.UnionType, typing.Union):
            kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
            optional |= len(kinds) < len(get_args(annotation))
            if len(kinds) != 1:
                return None, optional
            annotation = kinds[0]
        else:
            return annotation, optional


def _longest(annotation: Any) -> int | None:  # noqa: ANN401 - a type, of whatever shape
    if isinstance(annotation, FieldInfo):
        found = [limit.max_length for limit in annotation.metadata if isinstance(limit, MaxLen)]
        return found[0] if found else None
    for part in (*get_args(annotation), *getattr(annotation, "__metadata__", ())):
        if isinstance(part, MaxLen):
            return part.max_length
        if part is not annotation and (found_in := _longest(part)) is not None:
            return found_in
    return None


def values_of(fields: Sequence[Field], sent: Mapping[str, object]) -> dict[str, object]:
    """Convert a form's values to the fields of a request, without empty ones.

    A time is typed in the city's time zone. A list, also of files, has one line per entry.
    """
    values: dict[str, object] = {}
    for field in fields:
        raw = sent.get(field.key)
        text = raw.strip() if isinstance(raw, str) else ""
        if not text:
            continue
        if field.widget is Widget.YES_NO:
            values[field.key] = text == "yes"
        elif field.widget is Widget.MOMENT:
            values[field.key] = _moment(text)
        elif field.widget in {Widget.LIST, Widget.FILES}:
            values[field.key] = [line.strip() for line in text.splitlines() if line.strip()]
        else:
            values[field.key] = text
    return values


def _moment(text: str) -> object:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        return text  # the request model refuses it and names the field
