"""Read the data of the case page: the case, its facts and the answers of its survey."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from api.console.view import wording
from api.console.view.reader import Reader
from api.contract import AttachmentOut, CaseOut, History
from api.contract.surveys import SurveyOut
from api.domain.surveys.survey import SurveyNotFound
from api.people.rules.actor import Actor
from api.services.attachments.attachments import of_case
from api.services.cases.reading import read_case, read_history
from api.services.desk import ServiceDesk
from api.services.surveys.survey import read_survey
from kernel.database.transaction import Transaction


@dataclass(frozen=True, slots=True)
class CaseRead:
    """A case with its history, files and survey, limited to what the reader may see."""

    case: CaseOut
    history: History
    files: tuple[AttachmentOut, ...]
    survey: SurveyOut | None


def read_case_page(tx: Transaction, desk: ServiceDesk, actor: Actor, number: str) -> CaseRead:
    """Read a case for its page, including name and phone, which the page masks.

    Raises:
        NotFound: this reader has no such case.
    """
    try:
        survey = read_survey(tx, desk, actor, number)
    except SurveyNotFound:
        survey = None
    return CaseRead(
        read_case(tx, desk, actor, number, identity=True),  # masked until the reader requests it
        read_history(tx, desk, actor, number),
        of_case(tx, desk, actor, number),
        survey,
    )


def facts(reader: Reader, case: CaseOut, now: datetime) -> list[tuple[str, str]]:
    """List the facts of the matter: place, time and details, each with its name."""
    rows = []
    if where := wording.place(reader, case):
        rows.append((reader.say("case_place"), where))
    if case.time is not None:
        when = case.time.text
        if case.time.start is not None:
            when = f"{when} ({wording.moment(reader, case.time.start, now)})"
        rows.append((reader.say("case_time"), when))
    rows.extend(
        (wording.detail_name(reader, key), wording.detail_value(reader, key, value))
        for key, value in case.details.items()
    )
    return rows


def answers(reader: Reader, survey: SurveyOut) -> Iterator[tuple[str, str]]:
    """Yield the answers to the survey's questions, each with the question's name."""
    first, final = survey.first, survey.final
    rows = (
        ("contacted", survey.contacted),
        ("solved", final and final.solved),
        ("satisfaction", final and final.satisfaction),
        ("treated", survey.treated),
        ("reason", survey.reason),
    )
    for key, value in rows:
        if value:
            yield reader.say(f"survey_{key}"), wording.choice(reader, key, value)
    if first is not None and first != final and first.satisfaction:
        yield reader.say("survey_first"), wording.choice(reader, "satisfaction", first.satisfaction)
