"""A receipt opens its case on another channel: that channel follows the case from then on."""

import hmac

from api.contract import CaseOut, Follow
from api.domain.cases.numbers import is_case_number
from api.people.rules import codes
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.people.service.identity import check_tries, point_of
from api.services.cases import views
from api.services.cases.reading import find
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction


def follow(tx: Transaction, desk: ServiceDesk, actor: Actor, order: Follow) -> CaseOut | None:
    """Let this channel follow one case, by the number and the access code of its receipt.

    None: no such case, or not its code; which of the two is not told, and it was noted.

    Raises:
        TriesUsedUp: too many wrong ones from here.
    """
    authorize(actor, Action.MANAGE_OWN_DATA)
    work, now = desk.work(tx), desk.clock.now()
    point = point_of(tx, desk, actor, order.channel, order.language)
    work.identity.hold(point.id)
    number = order.number.strip()
    mine = work.identity.tries_of(point.id, joining=False, since=now - codes.FOLLOW_WINDOW)
    check_tries(mine, codes.FOLLOW_TRIES, codes.FOLLOW_WINDOW)
    wanted = work.followers.access_index(number) if is_case_number(number) else None
    typed = work.followers.index_of(codes.typed(order.access_code))
    # Compared in any case, and in a time that tells nothing.
    if not hmac.compare_digest(typed, wanted or bytes(len(typed))):
        work.identity.wrong(point.id, number, now)
        return None
    work.followers.add(number, point.id, now)
    return views.whole(desk.catalogue, actor, find(work, actor, number))
