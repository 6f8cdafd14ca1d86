"""Leaders on duty (领导带班接听): announced sessions, and their talks.

A talk is one citizen's conversation with the leader. It waits in the queue, is claimed by one owner
at a time, and ends. All changes go through the methods here. Its **fence** increases with every
change of the owner (claimed, taken over, handed back), so that answers with an older fence are
recognised as late.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.catalogue.rules.texts import Text
from api.errors import Conflict, Invalid, NotFound


class SessionNotFound(NotFound):
    """No such session."""

    code = "live_session_not_found"


class TalkNotFound(NotFound):
    """No such talk for this reader."""

    code = "live_talk_not_found"


class NoSession(Conflict):
    """No leader is on duty now."""

    code = "live_no_session"


class SessionOverlaps(Conflict):
    """Another session overlaps with that time; there is only one queue at a time."""

    code = "live_session_overlaps"


class SessionTimesInvalid(Invalid):
    """The end is before the start, or in the past."""

    code = "live_session_times_invalid"


class SeatLost(Conflict):
    """Another owner has claimed the talk, or it is over: the answer was not sent."""

    code = "seat_lost"


class NotAsked(Conflict):
    """The citizen was not asked whether it is solved, or has answered already."""

    code = "live_not_asked"


class TalkNotFiled(Conflict):
    """Only a running or solved talk can become a case, and only once."""

    code = "live_talk_not_fileable"


class SessionState(StrEnum):
    """State of a session at a given time."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class TalkState(StrEnum):
    """State of a talk: in the queue, with a leader, or back with the bot."""

    WAITING = "waiting"
    LIVE = "live"
    ENDED = "ended"


class TalkEnding(StrEnum):
    """How a talk ended."""

    ASKED = "asked"  # solved by the leader; the citizen has not answered yet
    SOLVED = "solved"
    UNSOLVED = "unsolved"  # the citizen said no after the session
    CASE = "case"
    SILENCE = "silence"  # the leader did not answer in time
    SESSION = "session"  # the session was over
    LEFT = "left"  # the citizen left
    CLOSED = "closed"  # by the leader, not solved


@dataclass(frozen=True, slots=True)
class Leader:
    """The leader on duty, as shown to citizens."""

    id: str
    name: str
    title: Text


@dataclass(slots=True, kw_only=True)
class Session:
    """A time in which a leader answers; `scope` is the subject, `ended_at` the actual end."""

    id: str
    leader: Leader
    unit: str
    scope: Text
    opens_at: datetime
    closes_at: datetime
    ended_at: datetime | None = None

    def state(self, now: datetime) -> SessionState:
        """Return its state at `now`."""
        if self.ended_at is not None or now >= self.closes_at:
            return SessionState.CLOSED
        return SessionState.OPEN if now >= self.opens_at else SessionState.PLANNED


@dataclass(slots=True, kw_only=True)
class Talk:
    """One citizen's talk with the leader.

    `ticket` orders the queue. `told_place` is the last place that the citizen was told, `due_since`
    since when the leader owes an answer. `danger` is the detected kind of emergency.
    """

    id: str
    session: str
    contact_point: str
    channel: str
    language: str
    ticket: int
    asked_at: datetime
    state: TalkState = TalkState.WAITING
    ending: TalkEnding | None = None
    told_place: int = 0
    owner: str | None = None
    owner_name: str | None = None
    fence: int = 0
    lines: int = 0
    danger: str | None = None
    case_number: str | None = None
    joined_at: datetime | None = None
    due_since: datetime | None = None
    ended_at: datetime | None = None

    def take(self, owner: str, name: str | None, now: datetime) -> None:
        """Claim the talk for `owner`, from the queue or from another owner.

        Raises:
            SeatLost: the talk is over.
        """
        if self.state is TalkState.ENDED:
            raise SeatLost(talk=self.id)
        self.state, self.owner, self.owner_name = TalkState.LIVE, owner, name
        self.fence += 1
        self.joined_at = self.joined_at or now
        self.due_since = now

    def hold(self, owner: str, fence: int) -> None:
        """Check that `owner` has the talk since `fence`.

        Raises:
            SeatLost: `owner` does not have it, or no longer.
        """
        if self.state is not TalkState.LIVE or self.owner != owner or self.fence != fence:
            raise SeatLost(talk=self.id)

    def heard(self, now: datetime, danger: str | None) -> None:
        """Record a citizen's message: the leader owes an answer since the first unanswered one."""
        self.lines += 1
        self.danger = danger or self.danger
        if self.state is TalkState.LIVE:
            self.due_since = self.due_since or now

    def answered(self) -> None:
        """Record an answer of the leader."""
        self.lines += 1
        self.due_since = None

    def end(self, ending: TalkEnding, now: datetime) -> None:
        """Hand the conversation back to the bot."""
        self.state, self.ending, self.ended_at = TalkState.ENDED, ending, now
        self.owner = self.owner_name = self.due_since = None
        self.fence += 1

    def confirm(self, *, solved: bool) -> None:
        """Record the citizen's answer whether it is solved.

        Raises:
            NotAsked: the citizen was not asked, or has answered already.
        """
        if self.ending is not TalkEnding.ASKED:
            raise NotAsked(talk=self.id)
        self.ending = TalkEnding.SOLVED if solved else TalkEnding.UNSOLVED

    def queue_again(self) -> None:
        """Return to the queue with the old ticket, before later ones."""
        self.state, self.ending, self.ended_at = TalkState.WAITING, None, None
        self.fence += 1

    def silent(self, now: datetime, limit: timedelta) -> bool:
        """Return whether the citizen has waited for an answer longer than `limit`."""
        due = self.due_since
        return self.state is TalkState.LIVE and due is not None and now - due >= limit


_MUCH = 3


def worth_telling(told_place: int, place: int) -> bool:
    """Return whether a citizen who was last told `told` should be told `place`.

    Only when they are next, or have moved three places forward; never when they moved back.
    """
    return place < told_place and (place == 1 or told_place - place >= _MUCH)


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """Counts of a session's talks.

    `asked` joined the queue, `questions` reached a leader. Of those, `solved` were confirmed by the
    citizen, `unconfirmed` have no answer of the citizen, `cases` became a case.
    """

    asked: int
    questions: int
    solved: int
    unconfirmed: int
    cases: int

    @property
    def rate(self) -> float | None:
        """Solved online ÷ questions (在线办结率); None without a question."""
        return self.solved / self.questions if self.questions else None
