"""Handle events of a live talk with the leader: change the mode, and write messages.

Mode and message are one commit, which also gives the message its event number. That number, not the
time of sending, decides what came before a hand-over. An event under an old fence has no effect.
"""

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from structlog import get_logger

from api.contract.events import Event
from api.contract.live import TalkNews
from bot.live import outages
from bot.outbound import live_words, outgoing
from bot.outbound.delivery import Delivery
from bot.push import Push
from bot.store.conversations import Status
from bot.store.envelope import Envelopes
from bot.store.modes import Mode, OutageNotice, Switch, change_mode
from kernel import json
from kernel.clock import Clock
from kernel.database.database import Database, Transaction

_MODES = {
    "live.waiting": Mode.WAITING,
    "live.joined": Mode.LIVE,
    "live.said": Mode.LIVE,
    "live.ended": Mode.BOT,
    "live.case": Mode.BOT,
}

logger = get_logger(__name__)


class LiveNews:
    """Handles the events of live talks; called in order, with one event of a talk at a time."""

    def __init__(
        self, database: Database, envelopes: Envelopes, delivery: Delivery, clock: Clock
    ) -> None:
        self._database = database
        self._envelopes = envelopes
        self._delivery = delivery
        self._clock = clock

    async def __call__(self, event: Event) -> None:
        """Handle one event exactly once.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it could not be stored; it must be posted again.
        """
        try:
            news = TalkNews.model_validate_json(json.dumps(event.data))
        except ValidationError as error:
            logger.error("event_data_unreadable", key=event.id, faults=error.error_count())
            return
        try:
            pushed = await self._database.run(self._apply, event, news)
        except IntegrityError:  # it was stored before
            return
        if pushed is not None:
            self._delivery.ring(event.contact_point, pushed.channel)
            self._delivery.ring_reports()

    def _apply(self, tx: Transaction, event: Event, news: TalkNews) -> outgoing.StoredPush | None:
        switch = switch_of(event.type, news)
        ended = event.type == "live.ended" and news.how != "asked"
        handed = ended and outages.mark_of(tx, event.contact_point) is OutageNotice.HANDED
        # A leader's words may be older than an interruption; the citizen is still to be informed.
        over = event.type != "live.said"
        if switch is not None and not change_mode(tx, event.contact_point, switch, over=over):
            logger.warning("live_event_late", key=event.id, type=event.type, talk=news.talk)
            return None
        if handed or not live_words.tells(event.type, news):  # the hand-back had its own words
            return None
        push = Push(event.type, event.data)
        return outgoing.push(
            tx,
            event.contact_point,
            key=event.id,
            body=self._envelopes.seal_push(push),
            urgency=push.urgency,
            status_of=self._status,
            now=self._clock.now(),
        )

    def _status(self, channel: str) -> Status:
        return self._delivery.status(channel, carried=False)


def switch_of(type_: str, news: TalkNews) -> Switch | None:
    """Return the mode switch of an event; None when it does not change the mode."""
    if type_ not in _MODES or (type_ == "live.case" and news.solved):
        return None
    return Switch(_MODES[type_], news.talk, news.fence)
