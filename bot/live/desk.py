"""Desk adapter on the case service: hand conversations over to the leader on duty, and back.

The conversation's mode says who answers. It changes in two ways: by a mark in a turn's replies (the
citizen asked for the leader, or left), and by an event of the live talk (`bot.live.news`). Both
carry the talk and its fence, which only increases. A late change therefore has no effect.
"""

from api.client import ApiClient, ApiProblem, ApiUnavailable
from api.contract.live import LiveMessage, TalkOut
from bot.dialogue.desk import MODES, DeskUnavailable, HandoverResult
from bot.dialogue.engine.port import Outcome, Turn
from bot.message import Reply
from bot.outbound.live_words import LEAVE, waiting
from bot.store.modes import Mode, OutageNotice, Switch
from bot.texts import CitizenTexts

OURS = (LEAVE, "/live_solved")
"""Payloads about the live talk itself: the dialogue answers them in every mode."""


class LiveHandover:
    """Passes a citizen's messages to the case service, where the leader reads them."""

    def __init__(self, client: ApiClient, texts: CitizenTexts) -> None:
        self._client = client
        self._texts = texts

    async def take(self, turn: Turn, mode: Mode) -> HandoverResult:
        """Pass a message to the desk. See `Desk`."""
        language = _word(turn.metadata.get("language"))
        gives_up = mode is Mode.WAITING and self._gives_up(turn.text, language)
        if gives_up or turn.text == LEAVE:
            return await self._leave(turn, language)
        if turn.text.startswith("/"):
            return self._tapped(turn, mode, language)
        try:
            taken = await self._client.live_message(turn.conversation, _message(turn))
        except ApiUnavailable as error:
            raise DeskUnavailable from error
        except ApiProblem as problem:
            if problem.code != "live_talk_not_found":
                raise
            return HandoverResult(None, Switch(Mode.BOT))
        switch = switch_to(taken.talk)
        if not taken.taken:
            return HandoverResult(None, switch)
        place = taken.talk.place
        tells_place = taken.tell_place and place is not None
        replies = (waiting(self._texts, place or 0, language),) if tells_place else ()
        return HandoverResult(Outcome(replies, turn.state), switch)

    def _tapped(self, turn: Turn, mode: Mode, language: str | None) -> HandoverResult:
        if mode is Mode.WAITING or turn.text.startswith(OURS):
            return HandoverResult(None)
        return HandoverResult(
            Outcome((Reply(self._texts.words("live_tapped", language)),), turn.state)
        )

    def _gives_up(self, text: str, language: str | None) -> bool:
        said = text.strip(" .!。！~").casefold()
        return said in self._texts.words("live_leave_words", language).split("|")

    async def _leave(self, turn: Turn, language: str | None) -> HandoverResult:
        words = Reply(self._texts.words("live_left", language))
        try:
            talk = await self._client.leave_live(turn.conversation)
        except ApiUnavailable:  # leaving does not wait; `bot.live.watch` repeats the call later
            return HandoverResult(
                Outcome((words,), turn.state), Switch(Mode.BOT, away=OutageNotice.LEFT)
            )
        except ApiProblem as problem:
            if problem.code != "live_talk_not_found":
                raise
            return HandoverResult(None, Switch(Mode.BOT))
        return HandoverResult(Outcome((words,), turn.state), switch_to(talk))


def switch_to(talk: TalkOut) -> Switch:
    """Return the mode switch of a live talk's state."""
    return Switch(MODES[talk.state], talk.id, talk.fence)


def _message(turn: Turn) -> LiveMessage:
    attachments = turn.metadata.get("attachments")
    return LiveMessage(
        message_id=turn.message_id,
        text=turn.text or None,
        attachments=tuple(attachments) if isinstance(attachments, list) else (),
        danger=_word(turn.metadata.get("emergency")),
    )


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
