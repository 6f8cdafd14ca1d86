"""Receive updates that Telegram posts: check the secret, acknowledge after storing."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from structlog import get_logger

from bot.channels.telegram import WEBHOOK_PATH
from bot.channels.telegram.channel import TelegramChannel
from bot.http import RequestRefused, read_body, same
from kernel import json

HEADER = "x-telegram-bot-api-secret-token"

_BODY = 1024 * 1024

logger = get_logger(__name__)


class Webhook:
    """Route to which Telegram posts updates."""

    def __init__(self, channel: TelegramChannel, secret: str) -> None:
        self._channel = channel
        self._secret = secret

    def add_to(self, router: APIRouter) -> None:
        """Add the route."""
        router.add_api_route(WEBHOOK_PATH, self._update, methods=["POST"], include_in_schema=False)

    async def _update(self, request: Request) -> Response:
        if not same(request.headers.get(HEADER, ""), self._secret):
            logger.warning("telegram_secret_wrong")
            return _WRONG.response(request.url.path)
        try:
            raw = _read(await read_body(request, _BODY))
            await self._channel.take(raw)
        except RequestRefused as refused:
            return refused.response(request.url.path)
        except Exception:
            logger.exception("telegram_update_not_kept")
            return _AGAIN.response(request.url.path)
        return Response()


_WRONG = RequestRefused(401, "secret_wrong", "The secret token is missing or wrong.")
_AGAIN = RequestRefused(503, "not_kept", "The update was not kept; it must be sent again.")


def _read(body: bytes) -> dict[str, object]:
    try:
        raw = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise RequestRefused(400, "json_broken", "The body is not JSON in UTF-8.") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
        raise RequestRefused(400, "update_broken", "The body is not an update.")
    return raw
