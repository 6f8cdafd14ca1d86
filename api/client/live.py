"""Calls about leaders on duty."""

from api.client.asking import ApiCalls, id_part
from api.contract.live import (
    Announced,
    AskLive,
    Confirm,
    LeaveTalk,
    LiveMessage,
    MessageTaken,
    TalkOut,
)


class LiveCalls(ApiCalls):
    """Joins the queue, talks, leaves, confirms."""

    async def live_session(self) -> Announced:
        """Read which leader is on duty now, and the next one."""
        return await self._get(Announced, "/v1/live/session", None)

    async def ask_live(self, contact_point: str, channel: str, language: str = "zh") -> TalkOut:
        """Join the queue; safe to repeat. `live_no_session` when no leader is on duty."""
        body = AskLive.model_validate({"channel": channel, "language": language})
        return await self._again(TalkOut, "/v1/live/talks", body, contact_point)

    async def live_message(self, contact_point: str, message: LiveMessage) -> MessageTaken:
        """Pass on a citizen's message, once for each `message_id`."""
        return await self._again(MessageTaken, "/v1/live/messages", message, contact_point)

    async def live_talk(self, contact_point: str) -> TalkOut:
        """Read the citizen's latest talk; `live_talk_not_found` when there is none."""
        return await self._get(TalkOut, "/v1/live/talk", contact_point)

    async def leave_live(
        self, contact_point: str, *, talk: str | None = None, fence: int = 0
    ) -> TalkOut:
        """Leave the queue or the talk; safe to repeat.

        With a `talk` only that talk is left, and only if its fence is still `fence`.
        """
        order = LeaveTalk(talk=talk, fence=fence) if talk is not None else None
        return await self._again(TalkOut, "/v1/live/leave", order, contact_point)

    async def confirm_live(self, talk: str, contact_point: str, *, solved: bool) -> TalkOut:
        """Report whether the matter is solved; safe to repeat."""
        path = f"/v1/live/talks/{id_part(talk)}/confirm"
        return await self._again(TalkOut, path, Confirm(solved=solved), contact_point)
