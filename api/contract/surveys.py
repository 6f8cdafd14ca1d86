"""The callback survey (回访) as it goes over the wire: what is asked, what the citizen answers."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, model_validator
from pydantic.config import JsonDict

from api.contract.cases.case import CategoryRef, Measure, UnitOut
from api.contract.events import SurveyEnd, SurveyQuestion
from api.contract.wire import Ordinal, RequestModel, ResponseModel, Words, either, given

Satisfaction = Literal[
    "very_satisfied", "satisfied", "fairly_satisfied", "dissatisfied", "very_dissatisfied"
]
DissatisfiedBecause = Literal[
    "not_contacted", "not_done", "badly_done", "too_slow", "attitude", "not_what_i_asked", "other"
]
YesNo = Literal["yes", "no"]


def _answers_something(schema: JsonDict) -> None:
    fields = [name for name in SurveyAnswer.model_fields if name != "round"]
    schema["allOf"] = [
        either(*map(given, fields)),
        either({"properties": {"reason": {"not": {"const": "other"}}}}, given("words")),
    ]


class SurveyAnswer(RequestModel):
    """Answers to one question or to several; `round` is of the survey that asked.

    `treated` says whether they were treated properly. `reason` is wanted where the matter is not
    solved or the citizen is dissatisfied; `words` are the citizen's own, and alone they are a
    reason as well (`other`).
    """

    model_config = ConfigDict(json_schema_extra=_answers_something)

    round: Ordinal | None = None
    contacted: YesNo | None = None
    solved: Measure | None = None
    satisfaction: Satisfaction | None = None
    treated: Measure | None = None
    reason: DissatisfiedBecause | None = None
    words: Words | None = None
    may_contact: YesNo | None = None
    rehandle: YesNo | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "SurveyAnswer":
        if not self.model_dump(exclude={"round"}, exclude_none=True):
            msg = "a survey answer answers something"
            raise ValueError(msg)
        if self.reason == "other" and self.words is None:
            msg = "words say what the other reason is"
            raise ValueError(msg)
        return self


class Rating(ResponseModel):
    """What the citizen thinks of the outcome."""

    solved: Measure | None = None
    satisfaction: Satisfaction | None = None


class SurveyOut(ResponseModel):
    """A survey, and what became of an answer.

    `question` waits for an answer next, `choices` are its values; both are null and empty once all
    is said. `taken` is `late` when the survey was over (or another round is asked by now): what was
    said is kept as a remark on the case. `outcome` is where the case went, `unit` who has it.
    `first` and `final` are the ratings as first said and as they stand.
    """

    number: str
    round: int
    state: Literal["planned", "asked", "telephone", "ended"]
    taken: Literal["yes", "late"] | None = None
    question: SurveyQuestion | None = None
    choices: tuple[str, ...] = ()
    contacted: YesNo | None = None
    treated: Measure | None = None
    reason: DissatisfiedBecause | None = None
    may_contact: YesNo | None = None
    rehandle: YesNo | None = None
    first: Rating | None = None
    final: Rating | None = None
    valid_until: datetime | None = None
    end: SurveyEnd | None = None
    outcome: Literal["rehandling", "assessment", "closed"] | None = None
    unit: UnitOut | None = None


class CallTask(ResponseModel):
    """A call for a clerk to make (电话回访): `why` no message will do, until `due_at`.

    `calls` counts the calls that reached nobody. Whom to call is on the page of the case, where the
    look at it is noted.
    """

    number: str
    round: int
    category: CategoryRef
    unit: UnitOut | None = None
    why: Literal["no_channel", "silence"]
    calls: int
    due_at: datetime


class CallPage(ResponseModel):
    """The calls to make first, the soonest due at the top, and how many there are in all."""

    items: tuple[CallTask, ...]
    total: int
