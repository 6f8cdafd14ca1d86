"""Decide whether a citizen gets messages, or a clerk must call."""

from api.domain.cases.case import Case
from api.domain.surveys.survey import MESSAGELESS, Survey
from api.store.work import UnitOfWork


def messages_reach(work: UnitOfWork, case: Case) -> bool:
    """Return whether messages can reach the citizen."""
    return case.channel not in MESSAGELESS and work.events.is_reachable(case.contact_point)


def may_be_called(work: UnitOfWork, case: Case, survey: Survey) -> bool:
    """Return whether a clerk may now ask the questions of a survey by telephone."""
    return survey.to_be_called(messages_reach=messages_reach(work, case))
