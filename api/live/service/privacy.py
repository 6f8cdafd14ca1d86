"""Talks with leaders on duty in a citizen's copy of everything, and in being forgotten."""

from collections.abc import Sequence

from api.contract.live import Transcript
from api.live.rules import TalkEnding, TalkState
from api.live.service import views
from api.live.service.parts import live_of, locked, ring, tell_places, view
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction


def exported(tx: Transaction, desk: ServiceDesk, points: Sequence[str]) -> tuple[Transcript, ...]:
    """Give all talks of these contact points with what was said in them, oldest first."""
    live = live_of(tx, desk)
    return tuple(
        Transcript(
            talk=view(live, talk).model_copy(update={"owner": None}),
            lines=tuple(views.line(line) for line in live.lines(talk.id)),
        )
        for talk in live.of_points(points)
    )


def forget(tx: Transaction, desk: ServiceDesk, points: Sequence[str]) -> None:
    """Take the words out of all talks of these contact points; one under way ends.

    What stays is that there was a talk, when, and how it ended: the session's figures.
    """
    live, work, now = live_of(tx, desk), desk.work(tx), desk.clock.now()
    for known in live.of_points(points):
        talk = locked(live, known.id)
        if talk.state is not TalkState.ENDED:
            talk.end(TalkEnding.LEFT, now)
            tell_places(live, talk.session, now)
        talk.danger = None
        if talk.case_number is not None:
            talk.case_number = ""  # still counted, and leads from no case to a conversation
        live.save(talk)
        live.forget(talk.id)
        work.events.scrub(talk.id, talk.contact_point)
        ring(tx, desk, talk)
