"""Export and erase a citizen's talks with leaders on duty."""

from collections.abc import Sequence

from api.contract.live import Transcript
from api.live.rules import TalkEnding, TalkState
from api.live.service import views
from api.live.service.parts import live_of, locked, ring, tell_places, view
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction


def exported(tx: Transaction, desk: ServiceDesk, points: Sequence[str]) -> tuple[Transcript, ...]:
    """Return all talks of these contact points with their lines, oldest first."""
    live = live_of(tx, desk)
    return tuple(
        Transcript(
            talk=view(live, talk).model_copy(update={"owner": None}),
            lines=tuple(views.line(line) for line in live.lines(talk.id)),
        )
        for talk in live.of_points(points)
    )


def forget(tx: Transaction, desk: ServiceDesk, points: Sequence[str]) -> None:
    """Erase the words of all talks of these contact points; a running one ends.

    The talk's time and ending stay, for the session's figures.
    """
    live, work, now = live_of(tx, desk), desk.work(tx), desk.clock.now()
    for known in live.of_points(points):
        talk = locked(live, known.id)
        if talk.state is not TalkState.ENDED:
            talk.end(TalkEnding.LEFT, now)
            tell_places(live, talk.session, now)
        talk.danger = None
        if talk.case_number is not None:
            talk.case_number = ""  # still counted, but no longer linked to a case
        live.save(talk)
        live.forget(talk.id)
        work.events.scrub(talk.id, talk.contact_point)
        ring(tx, desk, talk)
