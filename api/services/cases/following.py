"""Let a channel follow a case of another channel by its receipt."""

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
    """Let this channel follow one case, by the number and access code of its receipt.

    Returns None for an unknown case or a wrong code, without saying which; it is recorded.

    Raises:
        TriesUsedUp: too many wrong codes of this contact point.
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
    # Always compared, and in constant time.
    if not hmac.compare_digest(typed, wanted or bytes(len(typed))):
        work.identity.wrong(point.id, number, now)
        return None
    work.followers.add(number, point.id, now)
    return views.whole(desk.catalogue, actor, find(work, actor, number))
