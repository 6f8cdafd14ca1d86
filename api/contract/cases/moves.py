"""Wire models of the moves of a case: one model per move.

A move is posted to `/v1/cases/{number}/{move}`, its name written with hyphens. The table of the
life cycle defines its roles, its states, and its required data.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool, model_validator

from api.contract.cases.case import Details, Files, Measure
from api.contract.wire import Code, Instant, Line, Ordinal, RequestModel, Words, either, given

Principle = Literal["in_charge", "approves", "benefits"]
"""谁主管谁负责 · 谁审批谁负责 · 谁受益谁负责"""

Stand = Literal["ours", "partly", "not_ours"]
Units = Annotated[tuple[Code, ...], Field(max_length=20)]


class Remark(RequestModel):
    """An addition of the citizen to a case: words, owed or changed details, files."""

    model_config = ConfigDict(
        json_schema_extra=either(
            given("text"), given("details", minProperties=1), given("attachments", minItems=1)
        )
    )

    text: Words | None = None
    details: Details = Field(default_factory=dict)
    attachments: Files = ()

    @model_validator(mode="after")
    def _says_something(self) -> "Remark":
        if self.text is None and not self.details and not self.attachments:
            msg = "a remark carries text, details or attachments"
            raise ValueError(msg)
        return self


class Urge(RequestModel):
    """A citizen urges a case, or the hotline urges the unit (催办)."""

    reason: Words | None = None


class Withdraw(RequestModel):
    """The citizen withdraws the matter."""

    reason: Words | None = None


class Dispatch(RequestModel):
    """A clerk's choice of the unit that handles the case."""

    unit: Code
    reason: Words | None = None


class Reject(RequestModel):
    """A clerk rejects the matter; the catalogue's exclusion names the right office."""

    exclusion: Code
    reason: Words


class Progress(RequestModel):
    """The unit's progress in words for the citizen; only staff see the files."""

    note: Words
    attachments: Files = ()


class ReplyCase(RequestModel):
    """The unit's answer to a case.

    It says whether the claim was true, whether and when the citizen was contacted, whether it is
    solved, if not why, and the words for the citizen (`answer`). `attachments` are evidence for
    staff; if the case has `needs_evidence`, at least one is required.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                either({"properties": {"contacted": {"const": False}}}, given("contacted_at")),
                either({"properties": {"solved": {"const": "yes"}}}, given("why_not")),
            ]
        }
    )

    claim_true: Measure
    contacted: StrictBool
    contacted_at: Instant | None = None
    solved: Measure
    why_not: Words | None = None
    answer: Words
    attachments: Files = ()

    @model_validator(mode="after")
    def _is_complete(self) -> "ReplyCase":
        if self.contacted and self.contacted_at is None:
            msg = "contacted_at says when the citizen was contacted"
            raise ValueError(msg)
        if self.solved != "yes" and self.why_not is None:
            msg = "why_not says why it is not solved"
            raise ValueError(msg)
        return self


class ReturnCase(RequestModel):
    """The unit returns a case, with its reason and the supporting `evidence`."""

    reason: Words
    evidence: Words
    attachments: Files = ()


class AcceptReturn(RequestModel):
    """A clerk accepts a return; the case waits for another unit."""

    reason: Words | None = None


class RefuseReturn(RequestModel):
    """A clerk refuses a return, with the reason."""

    reason: Words


class Rehandle(RequestModel):
    """A clerk sends an answered case back to its unit, with the reason."""

    reason: Words


class AskSupplement(RequestModel):
    """Details requested from the citizen, in words and as keys of the catalogue."""

    note: Words
    details: Annotated[tuple[Code, ...], Field(max_length=20)] = ()


class Resume(RequestModel):
    """Continue without waiting for the citizen."""

    reason: Words | None = None


class AskExtension(RequestModel):
    """The unit requests an extension: until when, and why."""

    reason: Words
    until: Instant


class GrantExtension(RequestModel):
    """A clerk grants an extension; the note tells the citizen the reason."""

    note: Words


class RefuseExtension(RequestModel):
    """A clerk refuses an extension."""

    reason: Words


class OpenAssessment(RequestModel):
    """Open a joint assessment of several units; by default those that have had the case."""

    reason: Words
    members: Units = ()


class GiveView(RequestModel):
    """A member's view in an assessment: which unit is responsible, and why."""

    stand: Stand
    reason: Words


class Rule(RequestModel):
    """The ruling: principle, leading unit, helpers, deadline, and reason.

    Without `until` the category's time limit applies.
    """

    principle: Principle
    lead: Code
    helpers: Units = ()
    until: Instant | None = None
    reason: Words


class AddHelper(RequestModel):
    """A task for a unit besides the lead."""

    unit: Code
    what: Words
    until: Instant


class RemoveHelper(RequestModel):
    """A helper's task is removed."""

    unit: Code
    reason: Words


class FinishTask(RequestModel):
    """The result of a helper's task."""

    reason: Words
    attachments: Files = ()


class Meet(RequestModel):
    """A coordination meeting: participants, decision, and its due time."""

    participants: Annotated[tuple[Line, ...], Field(min_length=1, max_length=40)]
    reason: Words
    until: Instant


class FinishMeeting(RequestModel):
    """The result of a meeting's decision; without a number, of the first open one."""

    meeting: Ordinal | None = None
    reason: Words


class ChangeTier(RequestModel):
    """Move the case one tier up or down; without `unit` to the responsible one there."""

    unit: Code | None = None
    reason: Words


class Why(RequestModel):
    """The reason to supervise, report, mark as hard, or instruct."""

    reason: Words


class Shelve(RequestModel):
    """Why it cannot be solved now, and the words for the citizen."""

    reason: Words
    note: Words


class Recategorise(RequestModel):
    """Another category, and why."""

    category: Code
    reason: Words


class Merge(RequestModel):
    """The case that this one is merged into."""

    into: Code
    reason: Words | None = None


class Split(RequestModel):
    """The part of the matter that becomes a separate case, and why."""

    category: Code
    happened: Words
    demand: Words | None = None
    reason: Words
