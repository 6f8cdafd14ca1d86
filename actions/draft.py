"""Hold the draft of a matter in slots, with the form's dialogue state."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from rasa_sdk.events import EventType, SlotSet


@dataclass(slots=True)
class Draft:
    """A matter that is not filed yet: what the citizen has said so far.

    Each field is the slot of its name; `None`, `{}` and `[]` in a slot all mean "empty".
    `place` and `time` are parsed values, with the citizen's words under `text`. `contact` is set
    once it is complete. `details` holds all other details by their key in the catalogue; `photo`
    are ids of files. `owed` are the keys that the citizen could not or would not give (容缺受理).
    `confirm` is true once the summary is confirmed and false once the matter is dropped; both end
    the form.

    Values are replaced and never changed in place, except the entries of `thread`.

    `thread` is the dialogue state of the form:
    `heard` (id of the last message handled), `first` (opening words too short to count as what
    happened), `last` (key answered last), `asks` (how often each question was asked), `leaving`
    (asked whether to drop the matter), `changing` (asked what to change), `redo` (key asked again
    at the citizen's request), `candidates` (category codes to offer), `unsure` (no category
    fitted), `mode`, `phone`, `name` (contact so far), `key` (idempotency key of a filing that
    failed), `ordinal` (its position among matters of one message, from 0).
    """

    kind: str | None = None
    category: str | None = None
    happened: str | None = None
    place: dict[str, Any] | None = None
    time: dict[str, Any] | None = None
    demand: str | None = None
    contact: dict[str, Any] | None = None
    details: dict[str, str] = field(default_factory=dict)
    owed: list[str] = field(default_factory=list)
    photo: list[str] = field(default_factory=list)
    confirm: bool | None = None
    thread: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, slots: Mapping[str, Any]) -> Self:
        """Read the draft from `slots`; changing it does not change the slots."""
        draft = cls(**{name: slots[name] for name in _NAMES if slots.get(name) is not None})
        draft.thread = {**draft.thread}
        return draft

    def events(self, slots: Mapping[str, Any]) -> list[EventType]:
        """Return the slot events that update `slots` to this draft; none when they are equal."""
        return [
            SlotSet(name, value)
            for name in _NAMES
            if (value := _slot_value(getattr(self, name))) != _slot_value(slots.get(name))
        ]

    def all_events(self) -> list[EventType]:
        """Return the slot events that set every slot."""
        return [SlotSet(name, _slot_value(getattr(self, name))) for name in _NAMES]

    @property
    def begun(self) -> bool:
        """Whether a matter has been started."""
        return self.kind is not None

    def value(self, key: str) -> Any:  # noqa: ANN401 - a place is a mapping, a detail is text
        """Return the value of the detail `key`, `None` when it has none."""
        return getattr(self, key) if key in _OWN_SLOT else self.details.get(key)

    def put(self, key: str, value: Any) -> None:  # noqa: ANN401 - see `value`
        """Store `value` for the detail `key`; it is no longer owed."""
        if key in _OWN_SLOT:
            setattr(self, key, value)
        else:
            self.details = {**self.details, key: value}
        self.owed = [other for other in self.owed if other != key]
        self.thread["last"] = key

    def owe(self, key: str) -> None:
        """Mark the detail `key` as owed, so that it is not asked again."""
        if key not in self.owed:
            self.owed = [*self.owed, key]

    def settled(self, key: str) -> bool:
        """Return whether `key` need not be asked: it has a value or is owed."""
        return self.value(key) is not None or key in self.owed

    def times_asked(self, question: str) -> int:
        """Return how often `question` was asked."""
        return int(self.thread.get("asks", {}).get(question, 0))

    def count_ask(self, question: str) -> None:
        """Count one more time that `question` was asked."""
        self.thread["asks"] = {
            **self.thread.get("asks", {}),
            question: self.times_asked(question) + 1,
        }


_NAMES = tuple(slot.name for slot in fields(Draft))

_OWN_SLOT = frozenset({"happened", "place", "time", "demand", "contact"})


def slot_of(key: str) -> str:
    """Return the slot that the form requests for the detail `key`."""
    return key if key in _OWN_SLOT else "detail"


def _slot_value(value: Any) -> Any:  # noqa: ANN401 - any slot
    return value if value or value is False else None
