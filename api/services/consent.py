"""Consents, and what is kept of a citizen in numbers."""

from api.contract import CitizenSummary, ConsentOut, GiveConsent
from api.domain.actor import Actor
from api.domain.lifecycle import ENDS
from api.domain.permissions import Action, authorize
from api.services.desk import Desk
from api.services.identity import point_of
from api.store.identity import Consent
from kernel.transaction import Transaction


def give_consent(tx: Transaction, desk: Desk, actor: Actor, order: GiveConsent) -> ConsentOut:
    """Note that the citizen was shown a version of the notice and goes on; the first time counts.

    Raises:
        ContactPointRequired: the service names no citizen.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    work = desk.work(tx)
    point = point_of(work, desk, actor, order.channel, order.language)
    now = desk.clock.now()
    return view(work.identity.consent(point.citizen, order.notice, order.channel, now))


def summary(tx: Transaction, desk: Desk, actor: Actor) -> CitizenSummary:
    """Count what is kept of the citizen who is spoken for.

    Raises:
        ContactPointRequired: the service names no citizen.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    work = desk.work(tx)
    point = point_of(work, desk, actor)
    if point is None:
        return CitizenSummary()
    numbers = work.erasing.cases_of(point.citizen)
    found = [case for number in numbers if (case := work.cases.get(number)) is not None]
    points = work.identity.points_of(point.citizen)
    channels = [at.channel for one in points if (at := work.citizens.at(one)) is not None]
    return CitizenSummary(
        channels=tuple(dict.fromkeys(channels)),
        cases=len(found),
        open_cases=sum(case.state not in ENDS for case in found),
        files=sum(len(work.attachments.of_case(number)) for number in numbers)
        + len(work.attachments.unbound(points)),
        consents=tuple(map(view, work.identity.consents(point.citizen))),
    )


def view(consent: Consent) -> ConsentOut:
    """Show a consent."""
    return ConsentOut(notice=consent.notice, channel=consent.channel, at=consent.at)
