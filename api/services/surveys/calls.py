"""Use cases of clerks' calls (电话回访): list them, and record calls without an answer.

`services.survey.answer_survey` stores a citizen's answers on the telephone, as from buttons.
"""

from api.catalogue.service import category_ref, unit_out
from api.contract.surveys import CallPage, CallTask, SurveyOut
from api.domain.cases.standing import Standing
from api.domain.lifecycle import Move, require
from api.domain.surveys.survey import Survey
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.services.cases.reading import find
from api.services.desk import ServiceDesk
from api.services.once import IdempotentRequest, once_as
from api.services.surveys.survey import conclude, last_survey, show_survey
from kernel.database.transaction import Transaction

_SHOWN = 100


def list_calls(tx: Transaction, desk: ServiceDesk, actor: Actor) -> CallPage:
    """List the open calls, the soonest due first.

    Raises:
        Forbidden: the role makes no calls.
    """
    authorize(actor, Action.MAKE_CALLS)
    work = desk.work(tx)
    waiting = work.surveys.to_call(_SHOWN)
    standings = work.queue.standings([survey.number for survey in waiting])
    tasks = [_task(desk, standings.get(survey.number), survey) for survey in waiting]
    return CallPage(items=tuple(task for task in tasks if task), total=work.surveys.count_to_call())


def note_unreached(
    tx: Transaction, desk: ServiceDesk, actor: Actor, number: str, *, key: str | None = None
) -> SurveyOut:
    """Record a call without an answer; after the last one the case is closed as unreached.

    Raises:
        CaseNotFound: this reader has no such case.
        SurveyNotFound: the case was never answered.
        NotOnTheList: there is no open call for it.
    """
    authorize(actor, Action.MAKE_CALLS)
    require(Move.RATE, actor.acts_as)
    work = desk.work(tx)

    def carry_out() -> SurveyOut:
        case = find(work, actor, number, to_change=True)
        survey, now = last_survey(work, case), desk.clock.now()
        if survey.not_reached(desk.survey):
            conclude(desk, work, case, survey, actor, now)
        work.surveys.save(survey)
        return show_survey(desk, work, case, survey)

    return once_as(
        SurveyOut, desk, work, actor, IdempotentRequest(Move.RATE, number, None, key), carry_out
    )


def _task(desk: ServiceDesk, case: Standing | None, survey: Survey) -> CallTask | None:
    if case is None or survey.call is None or survey.due_at is None:
        return None
    return CallTask(
        number=case.number,
        round=survey.round,
        category=category_ref(desk.catalogue, case.category),
        unit=unit_out(desk.catalogue, case.unit),
        why=survey.call.value,
        calls=survey.calls,
        due_at=survey.due_at,
    )
