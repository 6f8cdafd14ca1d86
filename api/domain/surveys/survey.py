"""The callback survey (回访): its questions and their order, its consequences, and its times.

A case has at most one live survey. It is planned when the case is replied, sent in waking hours,
repeated as a reminder, then put on a clerk's list of calls. It ends as answered or unreached. A
citizen whom no message can reach is called at once. No answer never counts as satisfaction. The
first and the final rating are both stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from api.catalogue.rules.calendar import WorkingCalendar, due
from api.catalogue.rules.categories import RequestKind
from api.catalogue.rules.city import SurveyRule
from api.catalogue.rules.limits import LimitUnit
from api.domain.surveys.answers import Question, SurveyAnswers, SurveyRating
from api.errors import Conflict, NotFound
from kernel.clock import SHANGHAI


class SurveyNotFound(NotFound):
    """The case was never replied to, so it has no survey."""

    code = "survey_not_found"


class SurveyOver(Conflict):
    """The survey has ended; a later answer is a remark."""

    code = "survey_over"


class NotOnTheList(Conflict):
    """No call is due for this case: the survey was answered, or a message is still open."""

    code = "survey_not_by_telephone"


class Remedy(StrEnum):
    """The measure for a matter that is not solved, stronger each time."""

    REHANDLE = "rehandle"
    SUPERVISE = "supervise"
    ASSESS = "assess"


_SUPERVISED, _ASSESSED = 2, 3
"""The number of bad callbacks from which a case is supervised, and assessed jointly."""


def remedy(*, times: int, disputed: bool, ruled: bool) -> Remedy:
    """Choose the measure for the `times`-th callback with the result not solved, or dissatisfied.

    A case with a `disputed` duty (several units have held it, or it was returned again) is
    assessed jointly at once. A case with a ruling is not assessed again, but supervised.
    """
    if (times >= _ASSESSED or disputed) and not ruled:
        return Remedy.ASSESS
    return Remedy.SUPERVISE if times >= _SUPERVISED else Remedy.REHANDLE


def asks_for_treatment(rule: SurveyRule, kind: RequestKind, category: str) -> bool:
    """Return whether the survey asks about treatment: in law enforcement and mediation."""
    return kind in rule.treatment_kinds or category in rule.treatment_categories


def first_ask(rule: SurveyRule, replied_at: datetime, calendar: WorkingCalendar) -> datetime:
    """Return when to ask about a reply: the rule's working days later, at the same time of day."""
    if rule.after is None:
        return replied_at
    if rule.after.unit is not LimitUnit.WORKING_DAYS:
        return awake(rule, due(replied_at, rule.after, calendar))
    local = replied_at.astimezone(SHANGHAI)
    day = calendar.working_day_after(local.date(), rule.after.amount)
    return awake(rule, datetime.combine(day, local.time(), SHANGHAI).astimezone(UTC))


def awake(rule: SurveyRule, moment: datetime) -> datetime:
    """Return `moment`, or the end of the night if it is at night."""
    if rule.after is None:
        return moment
    local = moment.astimezone(SHANGHAI)
    if rule.wakes <= local.time() < rule.sleeps:
        return moment
    day = local.date() + timedelta(days=local.time() >= rule.sleeps)
    return datetime.combine(day, rule.wakes, SHANGHAI).astimezone(UTC)


_APART = timedelta(hours=20)
"""Minimum time between two survey messages, also after a downtime."""


MESSAGELESS = frozenset({"counter", "telephone", "open311"})
"""Channels on which no later message can be sent to a citizen."""


class SurveyPhase(StrEnum):
    """Phase of a survey; in `TELEPHONE` a clerk has to call."""

    PLANNED = "planned"
    ASKED = "asked"
    TELEPHONE = "telephone"
    ENDED = "ended"


class CallReason(StrEnum):
    """Reason of a clerk's call: no message can reach the citizen, or none was answered."""

    NO_CHANNEL = "no_channel"
    SILENCE = "silence"


class SurveyEnd(StrEnum):
    """How a survey ended; dropped if the case continued without it."""

    ANSWERED = "answered"
    UNREACHED = "unreached"
    DROPPED = "dropped"


@dataclass(slots=True, kw_only=True)
class Survey:
    """The survey of one reply; `round` counts the case's surveys from 1.

    `due_at` is the time of the next automatic step; None once the survey has ended. `asked` counts
    the survey messages, `calls` the unsuccessful telephone calls.
    """

    number: str
    round: int
    phase: SurveyPhase
    due_at: datetime | None
    answers: SurveyAnswers = field(default_factory=SurveyAnswers)
    first: SurveyRating = field(default_factory=SurveyRating)
    asked: int = 0
    call: CallReason | None = None
    calls: int = 0
    asked_at: datetime | None = None
    valid_until: datetime | None = None
    ended_at: datetime | None = None
    end: SurveyEnd | None = None

    def ask(self, now: datetime, rule: SurveyRule, calendar: WorkingCalendar) -> None:
        """Record that the citizen is asked or reminded, and plan the next step.

        After a long downtime the time to answer starts at the last reminder.
        """
        if self.asked_at is None:
            self.asked_at = now
        self.phase, self.asked = SurveyPhase.ASKED, self.asked + 1
        self.valid_until = self.valid_until or due(self.asked_at, rule.valid, calendar)
        if self.asked <= len(rule.remind):
            again = due(self.asked_at, rule.remind[self.asked - 1], calendar)
            self.due_at = awake(rule, max(again, now + _APART))
        else:
            self.valid_until = max(self.valid_until, due(now, rule.remind[0], calendar))
            self.due_at = self.valid_until

    def to_telephone(
        self, why: CallReason, now: datetime, rule: SurveyRule, calendar: WorkingCalendar
    ) -> None:
        """Put the survey on the clerks' list of calls; without a call in time it ends unreached."""
        self.phase, self.call = SurveyPhase.TELEPHONE, why
        self.due_at = due(now, rule.telephone, calendar)

    def to_be_called(self, *, messages_reach: bool) -> bool:
        """Return whether a clerk may call: no message can reach the citizen, or none is open."""
        return self.phase is SurveyPhase.TELEPHONE or not (
            messages_reach or self.phase is SurveyPhase.ENDED
        )

    def not_reached(self, rule: SurveyRule) -> bool:
        """Record an unsuccessful call; return whether it was the last attempt.

        Raises:
            NotOnTheList: no call is due.
        """
        if self.phase is not SurveyPhase.TELEPHONE:
            raise NotOnTheList(number=self.number)
        self.calls += 1
        return self.calls >= rule.calls

    def take(
        self,
        more: Mapping[Question, str],
        words: str | None,
        now: datetime,
        rule: SurveyRule,
        calendar: WorkingCalendar,
    ) -> None:
        """Add answers; once they give a verdict, the survey ends after the time `rule.settle`.

        Raises:
            SurveyOver: the survey has ended.
            SurveyAnswerInvalid: a question has no such answer.
        """
        if self.phase is SurveyPhase.ENDED:
            raise SurveyOver(number=self.number)
        self.answers = self.answers.plus(more, words)
        rating = self.answers.rating
        self.first = SurveyRating(
            self.first.solved or rating.solved, self.first.satisfaction or rating.satisfaction
        )
        if self.answers.verdict is not None:
            self.due_at = due(now, rule.settle, calendar)

    def finish(self, end: SurveyEnd, now: datetime) -> None:
        """End the survey."""
        self.phase, self.end, self.ended_at, self.due_at = SurveyPhase.ENDED, end, now, None
