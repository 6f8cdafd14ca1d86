"""Convert sessions and talks to wire models."""

from collections.abc import Mapping
from datetime import datetime

from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.service import names, unit_out
from api.contract.live import FiguresOut, LeaderOut, LineOut, SessionOut, TalkOut
from api.live import rules as domain
from api.live.store import Line


def session(
    catalogue: Catalogue, shown: domain.Session, now: datetime, counts: Mapping[str, int]
) -> SessionOut:
    """Convert a session in its state at `now`; `counts` are its talks by state."""
    return SessionOut.model_validate(
        {
            "id": shown.id,
            "leader": _leader(shown.leader),
            "unit": unit_out(catalogue, shown.unit),
            "scope": names(shown.scope),
            "opens_at": shown.opens_at,
            "closes_at": shown.closes_at,
            "state": shown.state(now).value,
            "waiting": counts.get(domain.TalkState.WAITING, 0),
            "live": counts.get(domain.TalkState.LIVE, 0),
        }
    )


def talk(
    held_in: domain.Session,
    shown: domain.Talk,
    *,
    place: int | None = None,
    about: str | None = None,
) -> TalkOut:
    """Convert a talk; `place` while it waits, `about` for staff."""
    return TalkOut.model_validate(
        {
            "id": shown.id,
            "session": shown.session,
            "leader": _leader(held_in.leader),
            "contact_point": shown.contact_point,
            "channel": shown.channel,
            "language": shown.language,
            "state": shown.state.value,
            "ending": shown.ending and shown.ending.value,
            "place": place,
            "fence": shown.fence,
            "owner": shown.owner,
            "owner_name": shown.owner_name,
            "danger": shown.danger,
            "case": shown.case_number,
            "about": about,
            "asked_at": shown.asked_at,
            "joined_at": shown.joined_at,
            "due_since": shown.due_since,
            "ended_at": shown.ended_at,
        }
    )


def line(shown: Line) -> LineOut:
    """Convert a line of a talk."""
    return LineOut.model_validate(
        {
            "seq": shown.seq,
            "at": shown.at,
            "by": shown.speaker,
            "name": shown.name,
            "text": shown.text,
            "attachments": shown.attachments,
            "danger": shown.danger,
        }
    )


def figures(of: str, counted: domain.SessionFigures) -> FiguresOut:
    """Convert the figures of a session."""
    return FiguresOut(
        session=of,
        asked=counted.asked,
        questions=counted.questions,
        solved=counted.solved,
        unconfirmed=counted.unconfirmed,
        cases=counted.cases,
        rate=counted.rate,
    )


def _leader(leader: domain.Leader) -> LeaderOut:
    return LeaderOut(name=leader.name, title=names(leader.title))
