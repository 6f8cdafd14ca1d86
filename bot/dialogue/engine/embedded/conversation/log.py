"""Event log of a conversation, which reads the events of earlier turns only when needed."""

from collections.abc import Callable, Iterable, Iterator, MutableSequence, Sequence

from bot.dialogue.engine.embedded.conversation.events import Event
from bot.dialogue.engine.embedded.values import Json


class Past:
    """Events of earlier turns, read from the stored state only when needed."""

    __slots__ = ("_events", "_read", "count")

    def __init__(self, count: int, read: Callable[[], list[Event]]) -> None:
        self.count = count
        self._read = read
        self._events: list[Event] | None = None

    @property
    def events(self) -> list[Event]:
        """All events, oldest first."""
        if self._events is None:
            self._events = self._read()
        return self._events


NO_PAST = Past(0, list)


class EventLog(MutableSequence[Event]):
    """A conversation's events as an action sees them; earlier turns are loaded on access.

    Validation reads only the last few events in every turn, so only that must be cheap.
    """

    __slots__ = ("_past", "_recent")

    def __init__(self, past: Past, recent: Iterable[Event]) -> None:
        self._past = past
        self._recent = list(recent)

    def _all(self) -> list[Event]:
        if self._past.count:
            self._recent = [*self._past.events, *self._recent]
            self._past = NO_PAST
        return self._recent

    def __len__(self) -> int:
        return self._past.count + len(self._recent)

    def __getitem__(self, index: Json) -> Json:
        earlier = self._past.count
        if earlier and isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if start >= earlier and step > 0:
                return self._recent[start - earlier : max(stop - earlier, 0) : step]
        elif earlier and isinstance(index, int):
            position = index + len(self) if index < 0 else index
            if position >= earlier:
                return self._recent[position - earlier]
        return self._all()[index]

    def __setitem__(self, index: Json, value: Json) -> None:
        self._all()[index] = value

    def __delitem__(self, index: Json) -> None:
        del self._all()[index]

    def __iter__(self) -> Iterator[Event]:
        return iter(list(self._all()))

    def __reversed__(self) -> Iterator[Event]:
        yield from reversed(self._recent)
        if self._past.count:
            yield from reversed(self._past.events)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sequence):
            return self._all() == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can change

    def insert(self, index: int, value: Event) -> None:
        """As `list.insert`."""
        if index >= len(self):
            self._recent.append(value)
        else:
            self._all().insert(index, value)
