"""People who answer instead of the bot: the way of a conversation to the leader on duty and back.

Who answers is the conversation's mode. It changes in two ways: with a turn (the citizen asked for
the leader, or gave up), by a mark in the turn's replies; and with an event of the talk
(`bot.live.news`). Both carry the talk and its fence, which only rises, so whichever comes late
changes nothing.
"""

from api.client import ApiClient, ApiProblem, ApiUnavailable
from api.contract.live import LiveMessage, TalkOut
from bot.dialogue.desk import MODES, DeskUnavailable, HandoverResult
from bot.dialogue.engine.port import Outcome, Turn
from bot.message import Reply
from bot.outbound.live_words import LEAVE, waiting
from bot.store.modes import Away, Mode, Switch
from bot.texts import CitizenTexts

OURS = (LEAVE, "/live_solved")
"""Payloads about the talk itself: the dialogue answers them in every mode."""


class LiveHandover:
    """The desk behind the case service: the leader reads there what the citizen writes here."""

    def __init__(self, client: ApiClient, texts: CitizenTexts) -> None:
        self._client = client
        self._texts = texts

    async def take(self, turn: Turn, mode: Mode) -> HandoverResult:
        """See `Desk`."""
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
        told = taken.tell_place and place is not None
        replies = (waiting(self._texts, place or 0, language),) if told else ()
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
        except ApiUnavailable:  # nobody waits in order to leave; `bot.live.watch` makes up for it
            return HandoverResult(Outcome((words,), turn.state), Switch(Mode.BOT, away=Away.LEFT))
        except ApiProblem as problem:
            if problem.code != "live_talk_not_found":
                raise
            return HandoverResult(None, Switch(Mode.BOT))
        return HandoverResult(Outcome((words,), turn.state), switch_to(talk))


def switch_to(talk: TalkOut) -> Switch:
    """Give the mode that a talk puts its conversation in."""
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
