"""Use cases of the callback survey: planned with the reply, asked by a sweep, answered.

Its result (closed, or back to the unit) is in the same transaction. Each function locks the case
before it reads the survey, so that parallel calls take a step only once.
"""

from collections.abc import Mapping
from datetime import datetime

from api.catalogue.service import unit_out
from api.contract.surveys import SurveyAnswer, SurveyOut
from api.domain.cases.case import Case
from api.domain.cases.routing import CodedReason
from api.domain.lifecycle import CaseState, Move, require
from api.domain.moves.supervision import supervise
from api.domain.surveys.answers import CHOICES, Question, SurveyAnswers, Verdict
from api.domain.surveys.survey import (
    CallReason,
    NotOnTheList,
    Remedy,
    Survey,
    SurveyEnd,
    SurveyNotFound,
    SurveyPhase,
    asks_for_treatment,
    awake,
    first_ask,
    remedy,
)
from api.people.rules.actor import SYSTEM, Actor, Role
from api.people.rules.permissions import Action, authorize
from api.services.cases.reaching import may_be_called, messages_reach
from api.services.cases.reading import find
from api.services.convening import convene
from api.services.desk import ServiceDesk
from api.services.events import tell_survey
from api.services.keeping import keep
from api.services.once import IdempotentRequest, once_as
from api.store.events.surveys import SURVEYS
from api.store.work import UnitOfWork
from kernel.database.transaction import Transaction


def plan_survey(desk: ServiceDesk, work: UnitOfWork, case: Case, now: datetime) -> None:
    """Plan the survey of a reply, in its transaction."""
    last = work.surveys.last(case.number)
    planned = Survey(
        number=case.number,
        round=last.round + 1 if last is not None else 1,
        phase=SurveyPhase.PLANNED,
        due_at=first_ask(desk.survey, now, desk.calendar),
        answers=SurveyAnswers(treatment=asks_for_treatment(desk.survey, case.kind, case.category)),
    )
    work.surveys.add(planned)
    work.ring(SURVEYS)


def drop_survey(desk: ServiceDesk, work: UnitOfWork, case: Case, now: datetime) -> None:
    """End a survey whose case has changed; the citizen is told if they were asked."""
    last = work.surveys.last(case.number)
    if last is None or last.phase is SurveyPhase.ENDED:
        return
    asked = last.phase is not SurveyPhase.PLANNED
    last.finish(SurveyEnd.DROPPED, now)
    work.surveys.save(last)
    if asked:
        tell_survey(desk, work, "survey.ended", case, last)


def read_survey(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> SurveyOut:
    """Show the newest survey of a case.

    Raises:
        CaseNotFound: this reader has no such case.
            SurveyNotFound: the case was never answered.
    """
    work = desk.work(tx)
    case = find(work, actor, number)
    return show_survey(desk, work, case, last_survey(work, case))


def answer_survey(
    tx: Transaction,
    desk: ServiceDesk,
    actor: Actor,
    number: str,
    order: SurveyAnswer,
    *,
    key: str | None = None,
) -> SurveyOut:
    """Store answers; with the last one the case is closed or returns to its unit.

    A late answer is stored as a remark. An answer before its question is accepted, and the question
    is skipped. A clerk answers for a citizen on the telephone, when no answer by message is
    awaited.

    Raises:
        CaseNotFound: this citizen has no such case.
        SurveyNotFound: the case was never answered.
        NotOnTheList: a clerk answers while the citizen can still answer a message.
    """
    authorize(actor, Action.ANSWER_SURVEY)
    require(Move.RATE, actor.acts_as)
    work = desk.work(tx)

    def carry_out() -> SurveyOut:
        case = find(work, actor, number, to_change=True)
        survey = last_survey(work, case)
        given = {
            question: value
            for question in Question
            if (value := getattr(order, question.value)) is not None
        }
        now = desk.clock.now()
        late = order.round is not None and order.round != survey.round
        if late or survey.phase is SurveyPhase.ENDED:
            _keep_late(desk, work, case, order, given, actor, now)
            return show_survey(desk, work, case, survey, taken="late")
        if actor.acts_as is not Role.CITIZEN and not may_be_called(work, case, survey):
            raise NotOnTheList(number=number)
        if survey.phase is SurveyPhase.PLANNED:
            case.ask_survey(now)
            survey.ask(now, desk.survey, desk.calendar)
        survey.take(given, order.words, now, desk.survey, desk.calendar)
        if survey.answers.next is None:
            conclude(desk, work, case, survey, actor, now)
        elif case.entries:
            keep(desk, work, case)
        work.surveys.save(survey)
        return show_survey(desk, work, case, survey, taken="yes")

    request = IdempotentRequest(Move.RATE, number, order, key)
    return once_as(SurveyOut, desk, work, actor, request, carry_out)


def advance(tx: Transaction, desk: ServiceDesk, number: str) -> bool:
    """Take the due step of a case's survey; return whether there was one.

    It is idempotent: the due time is checked under the case's lock.
    """
    work, now, rule = desk.work(tx), desk.clock.now(), desk.survey
    case = work.cases.get_to_change(number)
    survey = work.surveys.last(number)
    if case is None or survey is None or survey.due_at is None or survey.due_at > now:
        return False
    if survey.phase is SurveyPhase.TELEPHONE or survey.answers.verdict is not None:
        conclude(desk, work, case, survey, SYSTEM, now)
    elif not messages_reach(work, case):
        _no_more_messages(desk, work, case, survey, CallReason.NO_CHANNEL, now)
    elif survey.asked > len(rule.remind):
        _no_more_messages(desk, work, case, survey, CallReason.SILENCE, now)
    elif (morning := awake(rule, now)) > now:
        survey.due_at = morning
    else:
        type_ = "survey.asked" if survey.phase is SurveyPhase.PLANNED else "survey.reminded"
        _begin(desk, work, case, survey, now)
        survey.ask(now, rule, desk.calendar)
        tell_survey(desk, work, type_, case, survey)
    work.surveys.save(survey)
    return True


def _begin(desk: ServiceDesk, work: UnitOfWork, case: Case, survey: Survey, now: datetime) -> None:
    if survey.phase is SurveyPhase.PLANNED:
        case.ask_survey(now)
        keep(desk, work, case)


def _no_more_messages(
    desk: ServiceDesk, work: UnitOfWork, case: Case, survey: Survey, why: CallReason, now: datetime
) -> None:
    """Put the case on the clerks' call list; without a number end with the answers so far."""
    _begin(desk, work, case, survey, now)
    if case.contact.phone is not None:
        survey.to_telephone(why, now, desk.survey, desk.calendar)
    else:
        conclude(desk, work, case, survey, SYSTEM, now)


def conclude(
    desk: ServiceDesk, work: UnitOfWork, case: Case, survey: Survey, actor: Actor, now: datetime
) -> None:
    """Apply the verdict of the answers, and end the survey."""
    answers = survey.answers
    verdict = answers.verdict
    end = SurveyEnd.ANSWERED if verdict is not None else SurveyEnd.UNREACHED
    if answers.given:
        said = CodedReason(
            "rated", {question.value: answer for question, answer in answers.given.items()}
        )
        case.rate(actor, now, (said,), answers.words)
    if verdict is Verdict.REHANDLE:
        _put_right(desk, work, case, survey, now)
    else:
        case.close(now, (CodedReason("survey_ended", {"how": end.value}),))
    survey.finish(end, now)
    # The answer to the last survey answer already says the case's further course.
    keep(desk, work, case, in_receipt=actor is not SYSTEM)
    tell_survey(desk, work, "survey.ended", case, survey)


def _put_right(
    desk: ServiceDesk, work: UnitOfWork, case: Case, survey: Survey, now: datetime
) -> None:
    """Apply the remedy of an unsolved matter, which is stronger each time."""
    answers = survey.answers
    because = (CodedReason("citizen_not_satisfied", {"round": str(survey.round)}),)
    what = remedy(
        times=case.rehandled + 1,
        disputed=len(case.held_by) > 1 or case.returns >= desk.catalogue.city.review.returns,
        ruled=case.ruled,
    )
    if what is Remedy.ASSESS:
        why = CodedReason("not_solved_again", {})
        convene(desk, work, case, answers.words, SYSTEM, now, because=why)
        return
    due_at = desk.rehandle_by(now, case)
    case.rehandle(answers.words, SYSTEM, now, due_at=due_at, because=because)
    if what is Remedy.SUPERVISE and not case.supervised:
        supervise(case, answers.words, SYSTEM, now, because)


def _keep_late(
    desk: ServiceDesk,
    work: UnitOfWork,
    case: Case,
    order: SurveyAnswer,
    given: Mapping[Question, str],
    actor: Actor,
    now: datetime,
) -> None:
    """Store a late answer as a remark, unless it repeats an earlier answer."""
    surveys = work.surveys.of_case(case.number)
    round_ = order.round or surveys[-1].round
    asked = next((survey for survey in surveys if survey.round == round_), surveys[-1])
    known = asked.answers.given
    if order.words in {None, asked.answers.words} and all(
        known.get(question) == answer for question, answer in given.items()
    ):
        return
    params = {question.value: answer for question, answer in given.items()}
    case.late_answer(
        CodedReason("late_survey_answer", {**params, "round": str(round_)}), order.words, actor, now
    )
    keep(desk, work, case)


def last_survey(work: UnitOfWork, case: Case) -> Survey:
    """Find the newest survey of a case.

    Raises:
        SurveyNotFound: the case was never answered.
    """
    found = work.surveys.last(case.number)
    if found is None:
        raise SurveyNotFound(number=case.number)
    return found


def show_survey(
    desk: ServiceDesk, work: UnitOfWork, case: Case, survey: Survey, taken: str | None = None
) -> SurveyOut:
    """Convert a survey and the result of an answer to the wire model."""
    answers, ended = survey.answers, survey.phase is SurveyPhase.ENDED
    question = None if ended else answers.next
    first = work.surveys.of_case(case.number)[0].first if survey.round > 1 else survey.first
    outcomes = {
        CaseState.REHANDLING: "rehandling",
        CaseState.ASSESSMENT: "assessment",
        CaseState.CLOSED: "closed",
    }
    return SurveyOut.model_validate(
        {
            "number": case.number,
            "round": survey.round,
            "state": survey.phase,
            "taken": taken,
            "question": question,
            "choices": CHOICES[question] if question is not None else (),
            "contacted": answers.given.get(Question.CONTACTED),
            "treated": answers.given.get(Question.TREATED),
            "reason": answers.given.get(Question.REASON),
            "may_contact": answers.given.get(Question.MAY_CONTACT),
            "rehandle": answers.given.get(Question.REHANDLE),
            "first": {"solved": first.solved, "satisfaction": first.satisfaction},
            "final": {
                "solved": answers.rating.solved,
                "satisfaction": answers.rating.satisfaction,
            },
            "valid_until": survey.valid_until,
            "end": survey.end,
            "outcome": outcomes.get(case.state) if ended else None,
            "unit": unit_out(desk.catalogue, case.unit),
        }
    )
