"""Tracker: one conversation during a turn, and the past states that rules use.

Rasa replays all events for each query of its tracker. This one updates the results while events are
applied. `marks` lists the applied events: actions with the state before each, messages, form
switches, rejections. Only an event that reverts others causes a replay of the history. `replayed`
is that slow way; tests compare it with the fast one.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from bot.dialogue.engine.embedded.conversation.events import Event, applied_events, loop_names
from bot.dialogue.engine.embedded.conversation.states import RuleState
from bot.dialogue.engine.embedded.conversation.view import TrackerView
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.domain.slots import Feature, Slot
from bot.dialogue.engine.embedded.names import ACTION_LISTEN, ACTION_SESSION_START

_MARKS_ALLOWED = 24
_MARKS_KEPT = 12


class Ran(NamedTuple):
    """An applied action, and the state just before it."""

    action: str
    state: RuleState


class AppliedMessage(NamedTuple):
    """An applied message as rules see it, and its time."""

    intent: str | None
    entities: tuple[str, ...]
    timestamp: float


class Switched(NamedTuple):
    """An applied `active_loop` event."""

    loop: str | None


class AppliedRejection(NamedTuple):
    """An applied `action_execution_rejected` event."""

    action: str


Mark = Ran | AppliedMessage | Switched | AppliedRejection


class Base(NamedTuple):
    """Base of a replay: values before the stored events, and values already applied.

    `carried` is the last value that each slot was ever set to; a new session starts with it.
    """

    slots: dict[str, Any]
    latest_message: dict[str, Any] | None
    latest_action: str | None
    loop: Any
    followup: str | None
    paused: bool
    marks: list[Mark]
    pruned: bool
    loops: set[str]
    carried: dict[str, Any]
    applied: list[Event]


class Sight(NamedTuple):
    """What the rules can see: these slots, and this many past states."""

    slots: Mapping[str, Slot]
    situations: int


class Tracker(TrackerView):
    """One conversation.

    `base_line` and `lines` are the stored history of `Memory`, passed through unchanged;
    `read_base` reads the base of a replay. `took_back` is true when something was reverted in this
    session. `apart` is the state of a replay where it differs from the state by the values; rules
    then use the replay's state, as in Rasa. Reverted events stay in Rasa's log and count there:
    `unlistened` is the number of actions logged since the last `action_listen` or session start,
    `rejected_last` the action that rejected its execution since the last logged action.
    """

    __slots__ = (
        "_features",
        "apart",
        "base_line",
        "lines",
        "loops",
        "marks",
        "pruned",
        "prunes",
        "read_base",
        "rejected_last",
        "sight",
        "took_back",
        "unlistened",
    )

    def __init__(self, domain: Domain, sender: str, sight: Sight) -> None:
        self.sight = sight
        self.base_line = ""
        self.lines: list[str] = []
        self.read_base: Callable[[], Base | None] = _no_base
        self.marks: list[Mark] = []
        self.loops: set[str] = set()
        self.pruned = False
        self.prunes = True
        self.unlistened = 0
        self.rejected_last: str | None = None
        self._features: dict[str, Feature] | None = None
        super().__init__(domain, sender)

    def reset(self) -> None:
        """Reset all values and states; events stay."""
        super().reset()
        self.marks = []
        self.pruned = False
        self.took_back = False
        self.apart: RuleState | None = None
        self._features = None

    def apply(self, event: Event) -> None:
        """Log one event and update values and states."""
        kind = event["event"]
        if kind == "action":
            listens = event["name"] in (ACTION_LISTEN, ACTION_SESSION_START)
            self.unlistened = 0 if listens else self.unlistened + 1
            self.rejected_last = None
        elif kind == "action_execution_rejected":
            self.rejected_last = event["name"]
        if kind in ("rewind", "undo"):
            self.events.append(event)
            self.replay()
            self.took_back = True
            return
        hindsight = kind == "active_loop" and self._folds_in_hindsight(event["name"])
        if hindsight or self.apart is not None:
            super().apply(event)
            self._features = None
            self.replay_marks()
            return
        self._mark(event, kind, fold=True)
        super().apply(event)
        if kind in ("slot", "reset_slots", "restart", "session_started"):
            self._features = None
        if kind in ("restart", "session_started"):
            self.marks = []

    def _mark(self, event: Event, kind: str, *, fold: bool) -> None:
        if kind == "action":
            name = event["name"]
            if fold and name in self.loops and not self._stands_apart(name):
                self._fold(name)
            else:
                self.marks.append(Ran(name, self.state()))
                if len(self.marks) > _MARKS_ALLOWED and self.prunes:
                    self._prune()
        elif kind == "user":
            parse = event["parse_data"]
            intent = (parse.get("intent") or {}).get("name")
            entities = self.domain.visible_entities(intent, parse.get("entities") or ())
            self.marks.append(AppliedMessage(intent, entities, event["timestamp"]))
        elif kind == "active_loop":
            name = event["name"]
            self.marks.append(Switched(name))
            if name:
                self.loops.add(name)
        elif kind == "action_execution_rejected":
            self.marks.append(AppliedRejection(event["name"]))

    def state(self) -> RuleState:
        """Return the present state."""
        intent: str | None = None
        entities: tuple[str, ...] = ()
        for mark in reversed(self.marks):
            if isinstance(mark, AppliedMessage):
                intent, entities = mark.intent, mark.entities
                break
        loop = self.loop
        return RuleState(
            self.latest_action,
            intent,
            entities,
            self.features(),
            None if loop is None else loop.name,
        )

    def features(self) -> dict[str, Feature]:
        """Return the present features of the slots. Never changed in place: states share it."""
        found = self._features
        if found is None:
            found = {}
            slots = self.slots
            for name, slot in self.sight.slots.items():
                feature = slot.feature(slots.get(name))
                if feature is not None:
                    found[name] = feature
            self._features = found
        return found

    def states(self, count: int) -> list[RuleState]:
        """Return up to `count` last states, the present one last."""
        found = [self.apart or self.state()]
        for mark in reversed(self.marks):
            if len(found) >= count:
                break
            if isinstance(mark, Ran):
                found.append(mark.state)
        if self.pruned and len(found) < count and found[-1].previous is not None:
            self.replay_marks()
            return self.states(count)
        found.reverse()
        return found

    def last_heard(self) -> AppliedMessage | None:
        """Return the last applied message."""
        for mark in reversed(self.marks):
            if isinstance(mark, AppliedMessage):
                return mark
        return None

    def _stands_apart(self, form: str) -> bool:
        next_action: str | None = None
        for mark in reversed(self.marks):
            if isinstance(mark, Ran):
                if mark.action == form:
                    return False
                next_action = mark.action
            elif isinstance(mark, AppliedMessage):
                if next_action is not None and next_action != form:
                    return True
            elif isinstance(mark, Switched):
                if mark.loop is None:
                    return True
            elif mark.action == form:
                return True
        if self.pruned:
            self.replay_marks()
            return self._stands_apart(form)
        return True

    def _fold(self, form: str) -> None:
        at = len(self.marks) - 1
        while at >= 0:
            mark = self.marks[at]
            if isinstance(mark, Ran) and mark.action == form:
                return
            if isinstance(mark, Ran | AppliedMessage):
                del self.marks[at]
            at -= 1

    def _folds_in_hindsight(self, form: str | None) -> bool:
        """Return whether `form` may have run several times before its first activation event.

        Rasa decides about folding by all events, so these runs are folded only now, and a part of
        the history that was reverted since may differ. `marks` contains all runs only if none was
        reverted or dropped.
        """
        if form is None or form in self.loops:
            return False
        if self.took_back or self.pruned:
            return True
        return sum(isinstance(mark, Ran) and mark.action == form for mark in self.marks) > 1

    def replay_marks(self) -> None:
        """Compute the states again from the history; the values stay."""
        scratch = Tracker(self.domain, self.sender, self.sight)
        scratch.past, scratch.events, scratch.read_base = self.past, self.events, self.read_base
        scratch.prunes = self.prunes = False
        scratch.replay()
        self.marks, self.loops, self.pruned = scratch.marks, scratch.loops, False
        seen = scratch.state()
        self.apart = None if seen == self.state() else seen

    def _prune(self) -> None:
        """Drop old marks, but not the last message or a state that a rule may need."""
        kept = self.marks[-_MARKS_KEPT:]
        ran = sum(isinstance(mark, Ran) for mark in kept)
        if ran >= self.sight.situations and any(isinstance(mark, AppliedMessage) for mark in kept):
            self.marks = kept
            self.pruned = True

    def replay(self) -> None:
        """Compute values and states again from the history."""
        base = self.read_base()
        events = self.all_events()
        names = loop_names(events)
        if base is not None:
            names |= base.loops
            # Folding is idempotent, but a form may have become known since.
            events = [*base.applied, *events]
        kept = applied_events(events, names)
        if any(e["event"] in ("restart", "session_started") for e in events):
            base = None
        self.replayed(base, kept)
        self.loops = names

    def replayed(self, base: Base | None, kept: Iterable[Event]) -> None:
        """Start with the values of `base` and apply the applied events `kept`."""
        logged = self.events
        self.reset()
        if base is not None:
            self.slots = dict(base.slots)
            self.latest_message = base.latest_message
            self.latest_action = base.latest_action
            self.loop = base.loop
            self.followup = base.followup
            self.paused = base.paused
            self.marks = list(base.marks)
            self.pruned = base.pruned
        self.loops = set() if base is None else set(base.loops)
        self.events = []
        for event in kept:
            self._mark(event, event["event"], fold=False)
            TrackerView.apply(self, event)
            self._features = None
        self.events = logged

    def slots_ever_set(self) -> dict[str, Any]:
        """Return the last value of each slot in the applied events, ignoring resets."""
        base = self.read_base()
        events = self.all_events()
        names = loop_names(events) | (base.loops if base is not None else set())
        kept = applied_events([*base.applied, *events] if base is not None else events, names)
        found = dict(base.carried) if base is not None else {}
        if any(e["event"] in ("restart", "session_started") for e in events):
            found = {}
        return last_values(kept, found)


def last_values(events: Iterable[Event], found: dict[str, Any]) -> dict[str, Any]:
    """Add the last value of each slot set in `events` to `found`, in the order of setting."""
    for event in events:
        if event["event"] == "slot":
            found.pop(event["name"], None)
            found[event["name"]] = event["value"]
    return found


def _no_base() -> Base | None:
    return None
