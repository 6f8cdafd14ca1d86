"""The matter under way, as it stands in the slots, and the bookkeeping of the talk about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from rasa_sdk.events import EventType, SlotSet


@dataclass(slots=True)
class Draft:
    """What the citizen has told so far.

    Each field is the slot of its name, and `None`, `{}` and `[]` are one in a slot: nothing yet.
    `place` and `time` are what the understanding made of the words, with the words under `text`.
    `contact` is set once it is settled; `details` holds every other detail by its key in the
    catalogue; `photo` are ids of files. `owed` are the keys that the citizen could not or would
    not give (容缺受理).
    `confirm` is true once the summary was confirmed and false once the matter was dropped:
    either ends the form.

    Values are replaced and never changed in place, but for the entries of `thread`.

    `thread` keeps the talk together:
    `heard` (id of the last message taken), `first` (opening words too thin to count as what
    happened), `last` (key answered last), `asks` (how often each question was put), `leaving`
    (asked whether to drop it), `changing` (asked what to change), `redo` (key asked again at the
    citizen's wish), `candidates` (category codes to offer), `unsure` (no category fitted),
    `mode`, `phone`, `name` (contact so far), `key` (idempotency key of a filing that failed),
    `ordinal` (which of the matters told together it is, from 0).
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
        """Take the draft out of `slots`; changing it changes no slot."""
        draft = cls(**{name: slots[name] for name in _NAMES if slots.get(name) is not None})
        draft.thread = {**draft.thread}
        return draft

    def events(self, slots: Mapping[str, Any]) -> list[EventType]:
        """The slot events that bring `slots` to this draft; none where nothing differs."""
        return [
            SlotSet(name, value)
            for name in _NAMES
            if (value := _slot_value(getattr(self, name))) != _slot_value(slots.get(name))
        ]

    def all_events(self) -> list[EventType]:
        """The slot events that set every slot, whatever it held."""
        return [SlotSet(name, _slot_value(getattr(self, name))) for name in _NAMES]

    @property
    def begun(self) -> bool:
        """Whether there is a matter under way."""
        return self.kind is not None

    def value(self, key: str) -> Any:  # noqa: ANN401 - a place is a mapping, a detail is text
        """What was told for the detail `key`, `None` when nothing was."""
        return getattr(self, key) if key in _OWN_SLOT else self.details.get(key)

    def put(self, key: str, value: Any) -> None:  # noqa: ANN401 - see `value`
        """Keep `value` for the detail `key`; it is owed no longer."""
        if key in _OWN_SLOT:
            setattr(self, key, value)
        else:
            self.details = {**self.details, key: value}
        self.owed = [other for other in self.owed if other != key]
        self.thread["last"] = key

    def owe(self, key: str) -> None:
        """Go on without the detail `key`."""
        if key not in self.owed:
            self.owed = [*self.owed, key]

    def settled(self, key: str) -> bool:
        """Whether `key` need not be asked: it was told, or it is owed."""
        return self.value(key) is not None or key in self.owed

    def times_asked(self, question: str) -> int:
        """How often `question` was put so far."""
        return int(self.thread.get("asks", {}).get(question, 0))

    def count_ask(self, question: str) -> None:
        """Note that `question` was put once more."""
        self.thread["asks"] = {
            **self.thread.get("asks", {}),
            question: self.times_asked(question) + 1,
        }


_NAMES = tuple(slot.name for slot in fields(Draft))

_OWN_SLOT = frozenset({"happened", "place", "time", "demand", "contact"})


def slot_of(key: str) -> str:
    """The slot that the form requests when it asks for the detail `key`."""
    return key if key in _OWN_SLOT else "detail"


def _slot_value(value: Any) -> Any:  # noqa: ANN401 - any slot
    return value if value or value is False else None
