"""Convert cases to wire models, limited to what the reader may see."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.rules.texts import Text
from api.catalogue.service import category_ref, names, unit_out
from api.contract import (
    CaseOut,
    CaseSummary,
    ClockOut,
    Contact,
    History,
    HistoryActor,
    HistoryEntry,
    Limit,
    Moment,
    Place,
    Reason,
)
from api.domain.cases.case import Case
from api.domain.cases.rights import may_know_identity, offered
from api.domain.cases.routing import CodedReason
from api.domain.cases.standing import Entry, Standing
from api.domain.lifecycle import ENDS, TABLE, Move
from api.people.rules.actor import Actor, Role


def summary(catalogue: Catalogue, case: Standing) -> CaseSummary:
    """Convert a case to its summary."""
    return CaseSummary.model_validate(_standing(catalogue, case))


def whole(
    catalogue: Catalogue,
    actor: Actor,
    case: Case,
    access_code: str | None = None,
    *,
    identity: bool = False,
    follows: Standing | None = None,
    clocks: Iterable[ClockOut] = (),
    barred: Collection[Move] = (),
) -> CaseOut:
    """Convert a case for `actor`; with `identity` also name and phone, if allowed.

    The caller records the access to the identity in the audit log:
    `api.services.showing.show_case`. `follows` is the case that it was merged into; its state is
    shown, but no words. `barred` are moves that are not offered.
    """
    known = identity and may_know_identity(actor, case)
    matter, clocks = case.matter, tuple(clocks)
    meets = any(clock.kind == "meeting" for clock in clocks)
    idle = {*barred, *(() if meets else (Move.FINISH_MEETING,))}
    exclusion = catalogue.exclusions.get(case.exclusion) if case.exclusion else None
    return CaseOut.model_validate(
        {
            **_standing(catalogue, case),
            "channel": case.channel,
            "language": case.language,
            "because": reasons(case.because),
            "happened": matter.happened,
            "demand": matter.demand,
            "details": dict(matter.details),
            "place": matter.place
            and Place.model_construct(
                None,
                text=matter.place.text,
                district=matter.place.district,
                street=matter.place.street,
                community=matter.place.community,
                **matter.place.parts,
            ),
            "time": matter.time
            and Moment.model_construct(
                text=matter.time.text,
                start=matter.time.start,
                end=matter.time.end,
                recurrence=matter.time.recurrence,
            ),
            "contact": Contact.model_construct(
                mode=case.contact.mode.value,
                name=case.contact.name if known else None,
                phone=case.contact.phone if known else None,
            ),
            "exclusion": case.exclusion,
            "door": names(exclusion.door) if exclusion is not None else None,
            "access_code": access_code,
            "returns": case.returns,
            "ruled": case.ruled,
            "members": tuple(unit_out(catalogue, member) for member in case.members),
            "asked_until": case.asked_until,
            "needs_evidence": catalogue.needs_evidence(case.category, case.kind),
            "merged_into": case.merged_into,
            "moves": tuple(move for move in offered(case, actor) if move not in idle),
            "follows": follows and summary(catalogue, replace(follows, title=None)),
            "clocks": clocks,
        }
    )


def history(number: str, entries: Iterable[Entry], *, citizen: bool = False) -> History:
    """Convert all moves of a case; a citizen sees only their own words and words for them.

    Internal words of units and hotline (views, evidence, instructions) are not shown to citizens.
    """
    return History(
        number=number,
        entries=tuple(
            HistoryEntry.model_validate(
                {
                    "seq": entry.seq,
                    "at": entry.at,
                    "move": entry.move.value,
                    "from_state": entry.from_state and entry.from_state.value,
                    "to_state": entry.to_state.value,
                    "actor": HistoryActor(role=entry.actor_role.value, name=entry.actor_name),
                    "unit": entry.unit,
                    "reason": entry.reason if _whole(entry, citizen=citizen) else None,
                    "note": entry.note
                    if _whole(entry, citizen=citizen) or TABLE[entry.move].note_is_public
                    else None,
                    "because": reasons(entry.because),
                }
            )
            for entry in entries
        ),
    )


def _whole(entry: Entry, *, citizen: bool) -> bool:
    return not citizen or entry.actor_role is Role.CITIZEN


def reasons(because: Iterable[CodedReason]) -> tuple[Reason, ...]:
    """Convert reasons to codes and parameters."""
    return tuple(
        Reason.model_construct(
            code=reason.code,
            params={
                key: names(value) if isinstance(value, Text) else value
                for key, value in reason.params.items()
            },
        )
        for reason in because
    )


def _standing(catalogue: Catalogue, case: Standing) -> dict[str, object]:
    limit, category = None, catalogue.categories.get(case.category)
    if category is not None and case.state not in ENDS:
        promised = catalogue.limit_of(category, case.kind, case.urgency)
        limit = Limit(amount=promised.amount, unit=promised.unit.value)
    return {
        "number": case.number,
        "state": case.state.value,
        "kind": case.kind.value,
        "urgency": case.urgency.value,
        "category": category_ref(catalogue, case.category),
        "title": case.title,
        "unit": unit_out(catalogue, case.unit),
        "opened_at": case.opened_at,
        "changed_at": case.changed_at,
        "due_at": case.due_at,
        "limit": limit,
        "clerk_by": case.clerk_by,
        "owed": case.owed,
        "urged": case.urged,
        "pressed": case.pressed,
        "version": case.version,
        "flags": tuple(_flags(case)),
        "helpers": tuple(unit_out(catalogue, helper) for helper in case.helpers),
    }


def _flags(case: Standing) -> Iterator[str]:
    if case.urged or case.pressed:
        yield "urged"
    for flag in ("supervised", "reported", "hard", "confidential", "instructed"):
        if getattr(case, flag):
            yield flag
