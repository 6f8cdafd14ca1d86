"""Serialise a tracker between two turns into bytes that are small and quick to read.

The first line holds the values and states that the next turn needs. The second line holds the base
of a replay. Each further line holds the events of one turn. A turn reads the first line and appends
a line. It reads the others only when events are reverted or an action reads old events. When there
are many turns, older ones are reduced to applied events, and the oldest of those to values. At
least `ROUNDS_KEPT` messages can always be reverted.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from bot.dialogue.engine.embedded.conversation.events import Event, applied_events, loop_names
from bot.dialogue.engine.embedded.conversation.log import NO_PAST, Past
from bot.dialogue.engine.embedded.conversation.shorthand import lengthen, shorten
from bot.dialogue.engine.embedded.conversation.states import RuleState
from bot.dialogue.engine.embedded.conversation.tracker import (
    AppliedMessage,
    AppliedRejection,
    Base,
    Mark,
    Ran,
    Sight,
    Switched,
    Tracker,
    last_values,
)
from bot.dialogue.engine.embedded.conversation.view import ActiveLoop
from bot.dialogue.engine.embedded.domain.domain import Domain
from bot.dialogue.engine.embedded.names import ACTION_SESSION_START
from kernel.json import dumps, loads

VERSION = 1
TURNS_WHOLE = 3
"""Fewest turns whose events all stay visible to actions."""
TURNS_UNREDUCED = 10
"""Number of turns after which older ones are reduced."""
ROUNDS_KEPT = 6
"""Fewest applied messages that can be reverted."""

_OF_OLD_MESSAGES = ("intent", "entities", "text", "message_id", "metadata")

_log = structlog.get_logger(__name__)


class Memory:
    """Reads trackers from bytes and writes them. `sight` is what the rules can see."""

    def __init__(self, domain: Domain, sight: Sight) -> None:
        self.domain = domain
        self.sight = sight

    def load(self, state: bytes | None, sender: str) -> Tracker:
        """Load the tracker of a conversation, or make a new one without `state`.

        An unreadable state is logged and dropped: the conversation starts anew, so that the
        citizen still gets answers.
        """
        tracker = Tracker(self.domain, sender, self.sight)
        if state is None:
            return tracker
        try:
            lines = state.decode("utf-8", "surrogatepass").split("\n")
            header = loads(lines[0])
            if header["v"] != VERSION:
                raise ValueError(header["v"])  # noqa: TRY301 - handled as any unreadable state
            self._restore(tracker, header, lines)
        except (ValueError, KeyError, IndexError, TypeError) as error:
            _log.error("conversation_state_unreadable", conversation=sender, error=repr(error))
            return Tracker(self.domain, sender, self.sight)
        return tracker

    def _restore(self, tracker: Tracker, header: dict[str, Any], lines: list[str]) -> None:
        _read_values(tracker, header)
        turns = lines[2:]
        tracker.lines = turns
        tracker.base_line = base_line = lines[1]
        tracker.read_base = lambda: self.base(base_line, tracker.sender)
        tracker.past = Past(header["n"], lambda: _read_turns(turns)) if header["n"] else NO_PAST
        if header.get("apart"):
            tracker.replay_marks()

    def dump(self, tracker: Tracker) -> bytes:
        """Serialise the tracker after a turn."""
        turn = tracker.events
        start = 0
        for index in range(len(turn) - 1, -1, -1):
            event = turn[index]
            if event["event"] == "action" and event["name"] == ACTION_SESSION_START:
                start = index
                break
        lines, base_line, count = tracker.lines, tracker.base_line, tracker.past.count
        if any(e["event"] == "session_started" for e in turn[start:]):
            lines, base_line, count = [], "", 0
            turn = turn[start:]
            tracker.loops = loop_names(turn)
        lines = [*lines, _write_turn(turn)]
        count += len(turn)
        if len(lines) > TURNS_UNREDUCED:
            base_line, lines, count = self._reduce(tracker, base_line, lines)
        header = _write_values(tracker)
        header["n"] = count
        return "\n".join((dumps(header), base_line, *lines)).encode("utf-8", "surrogatepass")

    def base(self, line: str, sender: str) -> Base | None:
        """Parse the base of a replay."""
        if not line:
            return None
        stored = loads(line)
        tracker = Tracker(self.domain, sender, self.sight)
        _read_values(tracker, stored)
        return Base(
            slots=tracker.slots,
            latest_message=stored.get("message"),
            latest_action=tracker.latest_action,
            loop=tracker.loop,
            followup=tracker.followup,
            paused=tracker.paused,
            marks=tracker.marks,
            pruned=tracker.pruned,
            loops=tracker.loops,
            carried=stored["carried"],
            applied=lengthen(stored["applied"]),
        )

    def _reduce(
        self, tracker: Tracker, base_line: str, lines: list[str]
    ) -> tuple[str, list[str], int]:
        """Reduce all turns but the last few; return the new base, the turns and their events."""
        old, recent = lines[:-TURNS_WHOLE], lines[-TURNS_WHOLE:]
        base = self.base(base_line, tracker.sender)
        events = _read_turns(old)
        names = loop_names(events) | (base.loops if base is not None else set())
        kept = applied_events([*base.applied, *events] if base is not None else events, names)
        cut = _cut(kept)
        scratch = Tracker(self.domain, tracker.sender, self.sight)
        scratch.replayed(base, kept[:cut])
        carried = dict(base.carried) if base is not None else {}
        values = _write_values(scratch)
        values["loops"] = sorted(names)
        values["message"] = scratch.latest_message
        values["carried"] = last_values(kept[:cut], carried)
        values["applied"] = shorten(_essential(kept[cut:]))
        count = len(_read_turns(recent))
        return dumps(values), recent, count


def _cut(kept: Sequence[Event]) -> int:
    """Return the index of the last `ROUNDS_KEPT` messages, including their `action_listen`."""
    heard = [index for index, event in enumerate(kept) if event["event"] == "user"]
    if len(heard) <= ROUNDS_KEPT:
        return 0
    at = heard[-ROUNDS_KEPT] - 1
    while at > 0 and kept[at]["event"] != "action":
        at -= 1
    return at


def _essential(events: Sequence[Event]) -> list[Event]:
    """Return the applied events without those that no later step can depend on.

    `bot` events change nothing, and rules use only intent and entities. Of several values of a
    slot between two actions only the last is visible, because events are reverted only at
    messages and actions.
    """
    found: list[Event] = []
    segment: dict[str, Event] = {}
    for event in events:
        kind = event["event"]
        if kind in ("bot", "user_featurization"):
            continue
        if kind == "user":
            parse = event["parse_data"]
            known = {key: parse[key] for key in _OF_OLD_MESSAGES if key in parse}
            event = {**event, "parse_data": known}  # noqa: PLW2901 - reduced
        if kind == "slot":
            segment.pop(event["name"], None)
            segment[event["name"]] = event
            continue
        found.extend(segment.values())
        segment.clear()
        found.append(event)
    found.extend(segment.values())
    return found


def _write_values(tracker: Tracker) -> dict[str, Any]:
    initial = tracker.domain.initial_slots
    values: dict[str, Any] = {
        "v": VERSION,
        "slots": {
            name: value for name, value in tracker.slots.items() if value != initial.get(name)
        },
        "act": tracker.latest_action,
        "marks": [_write_mark(mark) for mark in tracker.marks],
        "loops": sorted(tracker.loops),
    }
    if tracker.loop is not None:
        values["loop"] = list(tracker.loop)
    if tracker.followup is not None:
        values["next"] = tracker.followup
    if tracker.paused:
        values["paused"] = True
    if tracker.pruned:
        values["pruned"] = True
    if tracker.took_back:
        values["back"] = True
    if tracker.apart is not None:
        values["apart"] = True
    if tracker.unlistened:
        values["unlistened"] = tracker.unlistened
    if tracker.rejected_last is not None:
        values["rejected"] = tracker.rejected_last
    return values


def _read_values(tracker: Tracker, values: dict[str, Any]) -> None:
    known = tracker.domain.slots
    for name, value in values["slots"].items():
        if name in known:
            tracker.slots[name] = value
    tracker.latest_action = values["act"]
    tracker.marks = [_read_mark(mark) for mark in values["marks"]]
    tracker.loops = set(values["loops"])
    loop = values.get("loop")
    tracker.loop = None if loop is None else ActiveLoop(*loop)
    tracker.followup = values.get("next")
    tracker.paused = values.get("paused", False)
    tracker.pruned = values.get("pruned", False)
    tracker.took_back = values.get("back", False)
    tracker.unlistened = values.get("unlistened", 0)
    tracker.rejected_last = values.get("rejected")


def _write_mark(mark: Mark) -> list[Any]:
    if isinstance(mark, Ran):
        state = mark.state
        return [
            0,
            mark.action,
            state.previous,
            state.intent,
            state.entities,
            state.slots,
            state.loop,
        ]
    if isinstance(mark, AppliedMessage):
        return [1, mark.intent, mark.entities, mark.timestamp]
    if isinstance(mark, Switched):
        return [2, mark.loop]
    return [3, mark.action]


def _read_mark(stored: list[Any]) -> Mark:
    kind = stored[0]
    if kind == 0:
        _, action, previous, intent, entities, slots, loop = stored
        features = {name: tuple(value) for name, value in slots.items()}
        return Ran(action, RuleState(previous, intent, tuple(entities), features, loop))
    if kind == 1:
        return AppliedMessage(stored[1], tuple(stored[2]), stored[3])
    if kind == 2:
        return Switched(stored[1])
    return AppliedRejection(stored[1])


def _write_turn(events: Sequence[Event]) -> str:
    return dumps(shorten(events))


def _read_turns(lines: Sequence[str]) -> list[Event]:
    return [event for line in lines for event in lengthen(loads(line))]
