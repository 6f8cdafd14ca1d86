"""The callback survey (回访): what is asked in which order, what follows, and when.

One live survey a case. It is planned when the case is replied, asked in waking hours, reminded of,
then put on a clerk's list of calls to make, and ends: answered, or unreached. Whom no message
reaches is called at once. Silence is never satisfaction. The first rating and the final one are
both kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from api.catalogue.rules.calendar import WorkingCalendar, due
from api.catalogue.rules.categories import Kind
from api.catalogue.rules.city import SurveyRule
from api.catalogue.rules.limits import LimitUnit
from api.errors import Conflict, Invalid, NotFound
from kernel.clock import SHANGHAI


class SurveyNotFound(NotFound):
    """The case was never answered, so nobody asks about it."""

    code = "survey_not_found"


class SurveyAnswerInvalid(Invalid):
    """The question has no such answer (`question`, `answer`)."""

    code = "survey_answer_invalid"


class SurveyOver(Conflict):
    """The survey has ended; what is said now is a remark."""

    code = "survey_over"


class NotOnTheList(Conflict):
    """Nobody is to be called about this case: it was answered, or a message is still out."""

    code = "survey_not_by_telephone"


class Question(StrEnum):
    """One question, answered with one of its choices."""

    CONTACTED = "contacted"
    SOLVED = "solved"
    SATISFACTION = "satisfaction"
    TREATED = "treated"
    REASON = "reason"
    MAY_CONTACT = "may_contact"
    REHANDLE = "rehandle"


_YES_NO = ("yes", "no")
OTHER = "other"
CHOICES: Mapping[Question, tuple[str, ...]] = {
    Question.CONTACTED: _YES_NO,
    Question.SOLVED: ("yes", "partly", "no"),
    Question.SATISFACTION: (
        "very_satisfied",
        "satisfied",
        "fairly_satisfied",
        "dissatisfied",
        "very_dissatisfied",
    ),
    Question.TREATED: ("yes", "partly", "no"),
    Question.REASON: (
        "not_contacted",
        "not_done",
        "badly_done",
        "too_slow",
        "attitude",
        "not_what_i_asked",
        OTHER,
    ),
    Question.MAY_CONTACT: _YES_NO,
    Question.REHANDLE: _YES_NO,
}
DISSATISFIED = frozenset({"dissatisfied", "very_dissatisfied"})


class Verdict(StrEnum):
    """What follows from a survey."""

    CLOSE = "close"
    REHANDLE = "rehandle"


class Remedy(StrEnum):
    """What is done for a citizen whose matter is not solved, heavier each time."""

    REHANDLE = "rehandle"
    SUPERVISE = "supervise"
    ASSESS = "assess"


_SUPERVISED, _ASSESSED = 2, 3
"""From which time on a citizen who is let down has the case supervised, and assessed."""


def remedy(*, times: int, disputed: bool, ruled: bool) -> Remedy:
    """Choose what is done about the `times`-th callback that says: not solved, or badly.

    A case whose duty is `disputed` (several units have held it, or it was returned again) is
    assessed jointly at once; one that was ruled on is not assessed again, but supervised.
    """
    if (times >= _ASSESSED or disputed) and not ruled:
        return Remedy.ASSESS
    return Remedy.SUPERVISE if times >= _SUPERVISED else Remedy.REHANDLE


@dataclass(frozen=True, slots=True)
class SurveyRating:
    """What the citizen thinks of the outcome; None where nothing was said."""

    solved: str | None = None
    satisfaction: str | None = None


@dataclass(frozen=True, slots=True)
class SurveyAnswers:
    """What was said so far, by question; `words` are the citizen's own, given as the reason.

    Where the law is applied or a quarrel mediated one is asked for one's `treatment`, not for
    satisfaction, which a just decision need not bring.
    """

    given: Mapping[Question, str] = field(default_factory=dict)
    words: str | None = None
    treatment: bool = False

    @property
    def rating(self) -> SurveyRating:
        """The rating as it stands."""
        return SurveyRating(self.given.get(Question.SOLVED), self.given.get(Question.SATISFACTION))

    @property
    def complains(self) -> bool:
        """Whether it is not solved, or the citizen is dissatisfied or was not treated properly."""
        rating, treated = self.rating, self.given.get(Question.TREATED)
        return "no" in {rating.solved, treated} or rating.satisfaction in DISSATISFIED

    @property
    def next(self) -> Question | None:
        """The question to ask now; None when all that matters is said.

        The three parts come first. A complaint wants its reason; a matter that is partly solved is
        offered to be taken up again.
        """
        third = Question.TREATED if self.treatment else Question.SATISFACTION
        asked = [Question.CONTACTED, Question.SOLVED, third]
        if self.complains:
            asked += [Question.REASON, Question.MAY_CONTACT]
        elif self.rating.solved == "partly":
            asked.append(Question.REHANDLE)
        return next((question for question in asked if question not in self.given), None)

    @property
    def verdict(self) -> Verdict | None:
        """What follows, from as much as was said; None from silence on whether it is solved."""
        if self.complains or self.given.get(Question.REHANDLE) == "yes":
            return Verdict.REHANDLE
        judged = {Question.SOLVED, Question.SATISFACTION, Question.TREATED}
        if not judged & self.given.keys():
            return None
        return Verdict.CLOSE

    def plus(self, more: Mapping[Question, str], words: str | None) -> "SurveyAnswers":
        """Take more answers in; a later one to the same question stands.

        Where one is asked for one's treatment, what is said of satisfaction does not count.

        Raises:
            SurveyAnswerInvalid: a question has no such answer.
        """
        for question, answer in more.items():
            if answer not in CHOICES[question]:
                raise SurveyAnswerInvalid(question=question, answer=answer[:32])
        given = {**self.given, **more}
        if self.treatment:
            given.pop(Question.SATISFACTION, None)
        if words is not None and Question.REASON not in given:
            given[Question.REASON] = OTHER
        return replace(self, given=given, words=words or self.words)


def asks_for_treatment(rule: SurveyRule, kind: Kind, category: str) -> bool:
    """Whether it is asked how the citizen was treated: in law enforcement and mediation."""
    return kind in rule.treatment_kinds or category in rule.treatment_categories


def first_ask(rule: SurveyRule, replied_at: datetime, calendar: WorkingCalendar) -> datetime:
    """When to ask about a reply: as many working days later, at the same time of day."""
    if rule.after is None:
        return replied_at
    if rule.after.unit is not LimitUnit.WORKING_DAYS:
        return awake(rule, due(replied_at, rule.after, calendar))
    local = replied_at.astimezone(SHANGHAI)
    day = calendar.working_day_after(local.date(), rule.after.amount)
    return awake(rule, datetime.combine(day, local.time(), SHANGHAI).astimezone(UTC))


def awake(rule: SurveyRule, moment: datetime) -> datetime:
    """Give `moment`, or when the citizen wakes if it falls into the night."""
    if rule.after is None:
        return moment
    local = moment.astimezone(SHANGHAI)
    if rule.wakes <= local.time() < rule.sleeps:
        return moment
    day = local.date() + timedelta(days=local.time() >= rule.sleeps)
    return datetime.combine(day, rule.wakes, SHANGHAI).astimezone(UTC)


_APART = timedelta(hours=20)
"""At least so long between two messages that ask, after a downtime too."""


MESSAGELESS = frozenset({"counter", "telephone", "open311"})
"""Channels on which nothing can be said to a citizen later."""


class SurveyPhase(StrEnum):
    """Where a survey stands; in `TELEPHONE` a clerk is to call."""

    PLANNED = "planned"
    ASKED = "asked"
    TELEPHONE = "telephone"
    ENDED = "ended"


class CallReason(StrEnum):
    """Why a clerk calls: no message reaches the citizen, or none was answered."""

    NO_CHANNEL = "no_channel"
    SILENCE = "silence"


class SurveyEnd(StrEnum):
    """How a survey ended; dropped, when the case went on without it."""

    ANSWERED = "answered"
    UNREACHED = "unreached"
    DROPPED = "dropped"


@dataclass(slots=True, kw_only=True)
class Survey:
    """The survey of one reply; `round` counts those of the case from 1.

    `due_at` is when something has to be done by itself; None once it has ended. `asked` counts the
    messages that asked, `calls` the telephone calls that reached nobody.
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
        """Note that the citizen is asked, or asked again, and plan what comes next.

        After a long downtime the time to answer runs from the last reminder.
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
        """Put it on the clerks' list of calls; who was not called in time stays unreached."""
        self.phase, self.call = SurveyPhase.TELEPHONE, why
        self.due_at = due(now, rule.telephone, calendar)

    def to_be_called(self, *, messages_reach: bool) -> bool:
        """Whether a clerk may ask by telephone: no message reaches the citizen, or none is out."""
        return self.phase is SurveyPhase.TELEPHONE or not (
            messages_reach or self.phase is SurveyPhase.ENDED
        )

    def not_reached(self, rule: SurveyRule) -> bool:
        """Note a call that reached nobody; tell whether it was the last one to try.

        Raises:
            NotOnTheList: nobody was to be called.
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
        """Take answers in. Who says no more, has said enough after a while.

        Raises:
            SurveyOver: it has ended.
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
        """End it."""
        self.phase, self.end, self.ended_at, self.due_at = SurveyPhase.ENDED, end, now, None
