"""Leaders on duty (领导带班接听): a session announced beforehand, and the talks held in it.

A talk is one citizen's turn with the leader: it waits in the queue, is taken by one owner at a
time, and ends. All change goes through the methods here. Its **fence** rises with every change of
hands — taken, taken over, handed back — so that what was said under an older one is known as late.
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
    """Another session covers part of that time; there is one queue at a time."""

    code = "live_session_overlaps"


class SessionTimesInvalid(Invalid):
    """It closes before it opens, or has closed already."""

    code = "live_session_times_invalid"


class SeatLost(Conflict):
    """Somebody else has the talk by now, or nobody has: what was sent was not said."""

    code = "seat_lost"


class NotAsked(Conflict):
    """The citizen was not asked whether it is solved, or has answered."""

    code = "live_not_asked"


class TalkNotFiled(Conflict):
    """Only a talk that is held now, or was solved, can become a case; and only once."""

    code = "live_talk_not_fileable"


class SessionState(StrEnum):
    """Where a session stands at a given time."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


class TalkState(StrEnum):
    """Who has the conversation: the queue, a leader, or the bot again."""

    WAITING = "waiting"
    LIVE = "live"
    ENDED = "ended"


class TalkEnding(StrEnum):
    """How a talk ended."""

    ASKED = "asked"  # solved as the leader sees it; the citizen has not said so yet
    SOLVED = "solved"
    UNSOLVED = "unsolved"  # the citizen said no when nobody was on duty any more
    CASE = "case"
    SILENCE = "silence"  # the leader did not answer in time
    SESSION = "session"  # the session was over
    LEFT = "left"  # the citizen did not want to go on
    CLOSED = "closed"  # by the leader, with nothing solved


@dataclass(frozen=True, slots=True)
class Leader:
    """Who is on duty, as citizens are told."""

    id: str
    name: str
    title: Text


@dataclass(slots=True, kw_only=True)
class Session:
    """A time in which a leader answers: `scope` says what about. `ended_at` is when it was over."""

    id: str
    leader: Leader
    unit: str
    scope: Text
    opens_at: datetime
    closes_at: datetime
    ended_at: datetime | None = None

    def state(self, now: datetime) -> SessionState:
        """Tell where it stands at `now`."""
        if self.ended_at is not None or now >= self.closes_at:
            return SessionState.CLOSED
        return SessionState.OPEN if now >= self.opens_at else SessionState.PLANNED


@dataclass(slots=True, kw_only=True)
class Talk:
    """One citizen and the leader.

    `ticket` orders the queue. `told_place` is the place that the citizen heard last, `due_since`
    since when the leader owes a word. `danger` is the kind that the emergency rules heard in it.
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
        """Give the seat to `owner`, from the queue or from whoever sat there.

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
        """Make sure that `owner` sits there, and has since `fence`.

        Raises:
            SeatLost: not, or not any more.
        """
        if self.state is not TalkState.LIVE or self.owner != owner or self.fence != fence:
            raise SeatLost(talk=self.id)

    def heard(self, now: datetime, danger: str | None) -> None:
        """Note that the citizen spoke: the leader owes a word from the first unanswered one on."""
        self.lines += 1
        self.danger = danger or self.danger
        if self.state is TalkState.LIVE:
            self.due_since = self.due_since or now

    def answered(self) -> None:
        """Note that the leader spoke."""
        self.lines += 1
        self.due_since = None

    def end(self, ending: TalkEnding, now: datetime) -> None:
        """Hand the conversation back to the bot."""
        self.state, self.ending, self.ended_at = TalkState.ENDED, ending, now
        self.owner = self.owner_name = self.due_since = None
        self.fence += 1

    def confirm(self, *, solved: bool) -> None:
        """Take the citizen's word on what the leader held to be solved.

        Raises:
            NotAsked: nobody asked, or it was answered.
        """
        if self.ending is not TalkEnding.ASKED:
            raise NotAsked(talk=self.id)
        self.ending = TalkEnding.SOLVED if solved else TalkEnding.UNSOLVED

    def queue_again(self) -> None:
        """Go back into the queue on the old ticket, in front of those who came later."""
        self.state, self.ending, self.ended_at = TalkState.WAITING, None, None
        self.fence += 1

    def silent(self, now: datetime, limit: timedelta) -> bool:
        """Tell whether the citizen has waited for the leader's word longer than `limit`."""
        due = self.due_since
        return self.state is TalkState.LIVE and due is not None and now - due >= limit


_MUCH = 3


def worth_telling(told: int, place: int) -> bool:
    """Tell whether a citizen who last heard `told` should hear of `place`.

    When they are next, or have come three places nearer; never when others were put in front.
    """
    return place < told and (place == 1 or told - place >= _MUCH)


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """What came of a session, counted from its talks.

    `asked` joined the queue, `questions` reached a leader, and of those: `solved` as the citizen
    confirmed, `unconfirmed` when the citizen has not said, `cases` became a case.
    """

    asked: int
    questions: int
    solved: int
    unconfirmed: int
    cases: int

    @property
    def rate(self) -> float | None:
        """Solved on line ÷ questions (在线办结率); None when nobody was answered."""
        return self.solved / self.questions if self.questions else None
