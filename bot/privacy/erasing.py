"""Forgetting what was said: asked for by a turn, done in that turn's commit.

The case service has erased its part by then and named the citizen's conversations. Numbers and
times of rows stay, as they are the order of a conversation; the address stays too, or this answer
could not be sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import delete, select, update

from bot.message import Reply
from bot.privacy.retention import end_due
from bot.store.conversations import Lease
from bot.store.tables import conversation, inbox, outbox, telegram_part, telegram_update
from bot.store.turns import TurnCommit, end_turn
from kernel.transaction import Transaction

MARK = "erased"
"""The `type` of a reply's `custom` that asks for it: with `contact_points`."""

FORGOTTEN = "forgotten"
"""Why a message that waited to be sent when its citizen asked to be forgotten was not."""


def erased_in(replies: Sequence[Reply]) -> tuple[str, ...]:
    """Name the conversations that a turn asks to have forgotten."""
    named: list[str] = []
    for reply in replies:
        if reply.custom is not None and reply.custom.get("type") == MARK:
            points = reply.custom.get("contact_points")
            named += (
                [str(contact) for contact in points] if isinstance(points, list | tuple) else []
            )
    return tuple(dict.fromkeys(named))


def without_names(replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """Take from the mark whom it names: that is not for the page."""
    return tuple(
        replace(reply, custom={"type": MARK})
        if reply.custom is not None and reply.custom.get("type") == MARK
        else reply
        for reply in replies
    )


def end_and_erase(
    tx: Transaction, lease: Lease, ending: TurnCommit, conversations: Iterable[str]
) -> tuple[int, Lease | None]:
    """End a turn as `end_turn` does, and forget `conversations` but for this turn's replies.

    Messages that still wait for their answer keep their words until it is given.

    Raises:
        bot.store.conversations.LeaseLost: the fence was raised since; nothing was kept or erased.
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
        # What still waited to be sent (a push to a caller who never came back) ends unsent.
        end_due(tx, FORGOTTEN, *said)
        tx.execute(update(outbox).where(*said).values(body=None))
        # An album that is still coming is no message yet: it goes as it is.
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
            # A turn that runs there now would write back what it read: it has to begin again.
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
