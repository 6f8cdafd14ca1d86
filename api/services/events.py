"""Append events of moves and surveys, and store delivery results of their messages."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from api.catalogue.service import category_ref, names, unit_out
from api.contract.events import (
    CaseNews,
    DeliveriesTaken,
    DeliveryOut,
    DeliveryPage,
    DeliveryReports,
    SurveyNews,
)
from api.domain.cases.case import Case
from api.domain.cases.events import ASKED_OF_ONE, NEXT, TOLD_BY_THE_NEXT, TYPES, NewEvent
from api.domain.cases.standing import Entry, Standing
from api.domain.lifecycle import TABLE, CaseState, Move
from api.domain.surveys.survey import Survey
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.services.desk import ServiceDesk
from api.store.work import UnitOfWork
from kernel.database.transaction import Transaction

_DESK_DECIDES = frozenset(
    {CaseState.RETURN_PENDING, CaseState.EXTENSION_PENDING, CaseState.ASSESSMENT}
)


def tell(
    desk: ServiceDesk,
    work: UnitOfWork,
    case: Case,
    entries: Sequence[Entry],
    *,
    in_receipt: bool = False,
) -> None:
    """Append the events of new entries of a case, in the same transaction.

    `in_receipt` marks events that the answer to the citizen's own request already tells.
    """
    first = any(entry.move is Move.SUBMIT for entry in entries)
    unheard = {
        entry.seq
        for entry, then in pairwise(entries)
        if (entry.move, then.move) in TOLD_BY_THE_NEXT
    }
    news = news_of(desk, work, case, entries, in_receipt=in_receipt, unheard=unheard)
    work.events.emit(*news, first=first)


def news_of(
    desk: ServiceDesk,
    work: UnitOfWork,
    case: Standing,
    entries: Iterable[Entry],
    *,
    in_receipt: bool = False,
    unheard: Collection[int] = (),
) -> list[NewEvent]:
    """Make the events of new entries of a case.

    `unheard` are the numbers of entries that the citizen is not told of.
    """
    news: list[NewEvent] = []
    followers = _followers(work, case)
    for entry in entries:
        if (type_ := TYPES.get(entry.move)) is not None:
            data = _case_news(desk, case, entry, in_receipt=in_receipt)
            plain = data.model_dump(mode="json", exclude_none=True)
            point = case.contact_point
            known = in_receipt or entry.seq in unheard
            news.append(NewEvent(type_, entry.at, point, case.number, plain, known=known))
            for follower, own in followers.items():
                if entry.move not in ASKED_OF_ONE and entry.seq not in unheard:
                    theirs = _theirs(plain) | {"followed_as": own, "in_receipt": False}
                    news.append(
                        NewEvent(type_, entry.at, follower, case.number, theirs, copied=True)
                    )
    return news


def _theirs(plain: dict[str, Any]) -> dict[str, Any]:
    """Remove the parts of an event that only the case's own citizen must answer."""
    hidden = {"owed", "owed_names"} | ({"next"} if plain.get("next") == "supplement" else set())
    return {key: value for key, value in plain.items() if key not in hidden}


def _followers(work: UnitOfWork, case: Standing) -> dict[str, str]:
    """Return the followers of a case, each once, with their own number."""
    if not case.followed:
        return {}
    own = {point: number for number, point in reversed(work.cases.followers(case.number))}
    own.pop(case.contact_point, None)
    return own


def tell_survey(
    desk: ServiceDesk, work: UnitOfWork, type_: str, case: Case, survey: Survey
) -> None:
    """Append an event of a survey: asked, reminded, ended."""
    answer = next(
        (
            entry.note
            for entry in reversed(work.cases.history(case.number))
            if entry.move is Move.REPLY
        ),
        None,
    )
    news = SurveyNews.model_validate(
        {
            "number": case.number,
            "category": category_ref(desk.catalogue, case.category),
            "opened_at": case.opened_at,
            "round": survey.round,
            "unit": unit_out(desk.catalogue, case.unit),
            "answer": answer,
            "question": survey.answers.next if survey.end is None else None,
            "valid_until": survey.valid_until,
            "end": survey.end,
        }
    )
    data = news.model_dump(mode="json", exclude_none=True)
    now = desk.clock.now()
    work.events.emit(NewEvent(type_, now, case.contact_point, case.number, data))


def report_deliveries(
    tx: Transaction, desk: ServiceDesk, actor: Actor, order: DeliveryReports
) -> DeliveriesTaken:
    """Store delivery results of messages.

    Raises:
        Forbidden: the actor is not a service.
    """
    authorize(actor, Action.REPORT_DELIVERIES)
    events, now = desk.work(tx).events, desk.clock.now()
    taken = sum(events.report(item.event, item.outcome, item.reason, now) for item in order.items)
    return DeliveriesTaken(taken=taken)


def failed_deliveries(
    tx: Transaction, desk: ServiceDesk, actor: Actor, *, limit: int = 100, number: str | None = None
) -> DeliveryPage:
    """List the failed and dead messages, newest first; with `number` of one case.

    Raises:
        Forbidden: the actor may not see them.
    """
    authorize(actor, Action.READ_DELIVERIES)
    reports = desk.work(tx).events.failed_reports(limit, order=number)
    return DeliveryPage(
        items=tuple(
            DeliveryOut.model_validate(
                {
                    "event": report.event,
                    "type": report.type,
                    "order": report.order,
                    "contact_point": report.contact_point,
                    "outcome": report.outcome,
                    "reason": report.reason,
                    "reports": report.reports,
                    "at": report.at,
                }
            )
            for report in reports
        )
    )


def _case_news(desk: ServiceDesk, case: Standing, entry: Entry, *, in_receipt: bool) -> CaseNews:
    # The state after this entry, not the present one: opening makes three entries at once.
    state = entry.to_state
    held = entry.move is not Move.SUBMIT and state is not CaseState.ACCEPTED
    said = {reason.code: reason.params for reason in entry.because}
    excluded = case.exclusion if isinstance(case, Case) else None
    exclusion = desk.catalogue.exclusions.get(excluded) if excluded else None
    others = ("merged_into", "split_off", "takes_over")
    other = next((said[code] for code in others if code in said), {})
    clock = next((reason.params for reason in entry.because if "clock" in reason.params), {})
    details = desk.catalogue.details
    return CaseNews.model_validate(
        {
            "number": case.number,
            "kind": case.kind.value,
            "state": state.value,
            "category": category_ref(desk.catalogue, case.category),
            "opened_at": case.opened_at,
            "unit": unit_out(desk.catalogue, case.unit) if held else None,
            "in_receipt": in_receipt,
            "by": entry.actor_role.value,
            "helper": unit_out(desk.catalogue, entry.unit) if "helps" in said else None,
            "other": other.get("number"),
            "note": entry.note if TABLE[entry.move].note_is_public else None,
            "solved": said.get("replied", {}).get("solved"),
            "due_at": case.due_at,
            "next": NEXT.get(state),
            "next_by": _next_by(desk, case, state, entry.at),
            "owed": case.owed,
            "owed_names": tuple(names(details[key].names) for key in case.owed if key in details),
            "reason": names(exclusion.reason) if exclusion else None,
            "door": names(exclusion.door) if exclusion else None,
            "end": said.get("survey_ended", {}).get("how"),
            "clock": clock.get("clock"),
            "lapses_at": clock.get("until"),
        }
    )


def _next_by(desk: ServiceDesk, case: Standing, state: CaseState, at: datetime) -> datetime | None:
    if state is CaseState.DISPATCHED:
        return desk.within("sign_in", at, case.urgency)
    if state in _DESK_DECIDES:
        return case.clerk_by
    if NEXT.get(state) in {"accept", "dispatch", "reply"}:
        return case.due_at
    return None
