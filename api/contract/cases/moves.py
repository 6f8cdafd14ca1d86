"""What is sent with each move of a case: one model a move.

A move is posted to `/v1/cases/{number}/{move}`, its name written with hyphens. Which role may make
it, from which state, and what it must come with stands in the table of the life cycle.
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
    """More from the citizen on a case: words, details that were owed or have changed, files."""

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
    """A citizen's wish that it go faster, or the hotline's word to the unit (催办)."""

    reason: Words | None = None


class Withdraw(RequestModel):
    """The citizen takes the matter back."""

    reason: Words | None = None


class Dispatch(RequestModel):
    """A clerk's choice of the unit that handles the case."""

    unit: Code
    reason: Words | None = None


class Reject(RequestModel):
    """A clerk does not accept the matter: the catalogue's exclusion names the right door."""

    exclusion: Code
    reason: Words


class Progress(RequestModel):
    """What the unit has done so far, in words for the citizen; files are seen by staff alone."""

    note: Words
    attachments: Files = ()


class ReplyCase(RequestModel):
    """The unit's answer to a case.

    Was the claim true, was the citizen contacted and when, is it solved, if not why, and what the
    citizen is told (`answer`). `attachments` show what was done (evidence), to staff alone; where
    the case says `needs_evidence` there is at least one.
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
    """The unit gives a case back, with its reason and what that rests on (`evidence`)."""

    reason: Words
    evidence: Words
    attachments: Files = ()


class AcceptReturn(RequestModel):
    """A clerk lets a unit off; the case waits for another one."""

    reason: Words | None = None


class RefuseReturn(RequestModel):
    """A clerk holds a unit to a case, with the reason."""

    reason: Words


class Rehandle(RequestModel):
    """A clerk sends an answered case back to its unit, with the reason."""

    reason: Words


class AskSupplement(RequestModel):
    """What the citizen is asked to add, in words for them, and by the catalogue's details."""

    note: Words
    details: Annotated[tuple[Code, ...], Field(max_length=20)] = ()


class Resume(RequestModel):
    """Go on without waiting for the citizen any longer."""

    reason: Words | None = None


class AskExtension(RequestModel):
    """The unit needs more time: until when, and why."""

    reason: Words
    until: Instant


class GrantExtension(RequestModel):
    """A clerk agrees; the note tells the citizen why it takes longer."""

    note: Words


class RefuseExtension(RequestModel):
    """A clerk holds the unit to its deadline."""

    reason: Words


class OpenAssessment(RequestModel):
    """Several units are to settle whose it is; without `members`, those that have held it."""

    reason: Words
    members: Units = ()


class GiveView(RequestModel):
    """What a member of the assessment says: whose it is, and why."""

    stand: Stand
    reason: Words


class Rule(RequestModel):
    """The ruling: by which principle, who leads, who helps, until when, and why.

    Without `until`, the lead has the time that the category gives.
    """

    principle: Principle
    lead: Code
    helpers: Units = ()
    until: Instant | None = None
    reason: Words


class AddHelper(RequestModel):
    """A task for a unit beside the lead."""

    unit: Code
    what: Words
    until: Instant


class RemoveHelper(RequestModel):
    """A helper's task is taken away."""

    unit: Code
    reason: Words


class FinishTask(RequestModel):
    """What the helper did."""

    reason: Words
    attachments: Files = ()


class Meet(RequestModel):
    """A coordination meeting: who took part, what was decided, by when it is done."""

    participants: Annotated[tuple[Line, ...], Field(min_length=1, max_length=40)]
    reason: Words
    until: Instant


class FinishMeeting(RequestModel):
    """What became of a meeting's decision; without its number, of the first that is not done."""

    meeting: Ordinal | None = None
    reason: Words


class ChangeTier(RequestModel):
    """Hand the case one tier up or down; without `unit`, to the one in charge there."""

    unit: Code | None = None
    reason: Words


class Why(RequestModel):
    """Why: supervise, report, mark as hard, instruct."""

    reason: Words


class Shelve(RequestModel):
    """Why it cannot be solved now, and what the citizen is told of that."""

    reason: Words
    note: Words


class Recategorise(RequestModel):
    """Another category, and why."""

    category: Code
    reason: Words


class Merge(RequestModel):
    """The case that this one goes into."""

    into: Code
    reason: Words | None = None


class Split(RequestModel):
    """The part of the matter that becomes a case of its own, and why."""

    category: Code
    happened: Words
    demand: Words | None = None
    reason: Words
