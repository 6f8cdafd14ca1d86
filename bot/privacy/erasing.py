"""Erase conversations at the request of a turn, in that turn's commit.

Before that the case service has erased its part and listed the citizen's conversations. Numbers and
times of rows stay, because they define the order of a conversation. The address stays too, because
the answer must be sent to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import delete, select, update

from bot.message import Reply
from bot.privacy.retention import end_due
from bot.store.conversations import Lease
from bot.store.tables import conversation, inbox, outbox, telegram_part, telegram_update
from bot.store.turns import TurnCommit, end_turn
from kernel.database.transaction import Transaction

MARK = "erased"
"""The `type` of a reply's `custom` that requests the erasure; with `contact_points`."""

FORGOTTEN = "forgotten"
"""Reason why a waiting message was not sent: its citizen asked for erasure."""


def erased_in(replies: Sequence[Reply]) -> tuple[str, ...]:
    """Return the conversations whose erasure a turn requests."""
    named: list[str] = []
    for reply in replies:
        if reply.custom is not None and reply.custom.get("type") == MARK:
            points = reply.custom.get("contact_points")
            named += (
                [str(contact) for contact in points] if isinstance(points, list | tuple) else []
            )
    return tuple(dict.fromkeys(named))


def without_names(replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """Remove the conversations from the mark, which the page must not see."""
    return tuple(
        replace(reply, custom={"type": MARK})
        if reply.custom is not None and reply.custom.get("type") == MARK
        else reply
        for reply in replies
    )


def end_and_erase(
    tx: Transaction, lease: Lease, ending: TurnCommit, conversations: Iterable[str]
) -> tuple[int, Lease | None]:
    """End a turn as `end_turn` does, and erase `conversations` except this turn's replies.

    Unanswered messages keep their words until they are answered.

    Raises:
        bot.store.turns.LeaseLost: the fence was raised since; nothing is stored or erased.
    """
    last, following = end_turn(tx, lease, replace(ending, state=None))
    tx.empty_log()
    first = last - len(ending.replies) + 1
    for id_ in conversations:
        mine = id_ == lease.conversation
        tx.execute(
            update(inbox)
            .where(inbox.c.conversation_id == id_, inbox.c.done_at.is_not(None))
            .values(body=None)
        )
        said = [outbox.c.conversation_id == id_]
        if mine:
            said.append(outbox.c.event < first)
        # Waiting messages (such as a push to a caller who never returned) end unsent.
        end_due(tx, FORGOTTEN, *said)
        tx.execute(update(outbox).where(*said).values(body=None))
        # The parts of an incomplete album are no message yet: they are deleted.
        address = select(conversation.c.address_index).where(conversation.c.id == id_)
        tx.execute(
            delete(telegram_part).where(
                telegram_part.c.address_index == address.scalar_subquery(),
                telegram_part.c.done_at.is_(None),
            )
        )
        tx.execute(
            delete(telegram_update).where(
                telegram_update.c.address_index == address.scalar_subquery()
            )
        )
        if not mine:
            # A turn that runs there would store what it read: it must begin again.
            tx.execute(
                update(conversation)
                .where(conversation.c.id == id_)
                .values(
                    state=None,
                    fence=conversation.c.fence + 1,
                    lease_owner=None,
                    free_at=ending.now,
                )
            )
    return last, replace(following, state=None) if following is not None else None
