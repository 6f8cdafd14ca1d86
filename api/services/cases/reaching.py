"""Whether a message comes to a citizen by itself, and whether a clerk rings them instead."""

from api.domain.cases.case import Case
from api.domain.survey import MESSAGELESS, Survey
from api.store.work import Work


def messages_reach(work: Work, case: Case) -> bool:
    """Whether a message can come to the citizen by itself."""
    return case.channel not in MESSAGELESS and work.events.is_reachable(case.contact_point)


def may_be_called(work: Work, case: Case, survey: Survey) -> bool:
    """Whether a clerk may ask the questions of a survey by telephone now."""
    return survey.to_be_called(messages_reach=messages_reach(work, case))
