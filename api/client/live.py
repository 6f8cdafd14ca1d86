"""Calls about leaders on duty."""

from api.client.asking import Asker, id_part
from api.contract.live import (
    Announced,
    AskLive,
    Confirm,
    LeaveTalk,
    LiveMessage,
    MessageTaken,
    TalkOut,
)


class LiveCalls(Asker):
    """Joins the queue, talks, leaves, confirms."""

    async def live_session(self) -> Announced:
        """Read which leader is on duty now, and who comes next."""
        return await self._get(Announced, "/v1/live/session", None)

    async def ask_live(self, contact_point: str, channel: str, language: str = "zh") -> TalkOut:
        """Join the queue; harmless when in it already. `live_no_session` when nobody is on duty."""
        body = AskLive.model_validate({"channel": channel, "language": language})
        return await self._again(TalkOut, "/v1/live/talks", body, contact_point)

    async def live_message(self, contact_point: str, message: LiveMessage) -> MessageTaken:
        """Hand over what the citizen said, once for each `message_id`."""
        return await self._again(MessageTaken, "/v1/live/messages", message, contact_point)

    async def live_talk(self, contact_point: str) -> TalkOut:
        """Read how the citizen's latest talk stands; `live_talk_not_found` when there was none."""
        return await self._get(TalkOut, "/v1/live/talk", contact_point)

    async def leave_live(
        self, contact_point: str, *, talk: str | None = None, fence: int = 0
    ) -> TalkOut:
        """Give up the place or the talk; harmless when it is over.

        With a `talk` only that one, as it stood under `fence`: not when it was taken since.
        """
        order = LeaveTalk(talk=talk, fence=fence) if talk is not None else None
        return await self._again(TalkOut, "/v1/live/leave", order, contact_point)

    async def confirm_live(self, talk: str, contact_point: str, *, solved: bool) -> TalkOut:
        """Say whether it is solved; harmless when that was said before."""
        path = f"/v1/live/talks/{id_part(talk)}/confirm"
        return await self._again(TalkOut, path, Confirm(solved=solved), contact_point)
