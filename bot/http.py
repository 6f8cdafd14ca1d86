"""HTTP helpers of the channels: refusals, tokens, and routes without FastAPI's validation."""

import hmac
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from kernel import json

SENDER = 256
MESSAGE_ID = 128
"""Most characters of a sender's id and of a message's own id."""


class PlainRoute(APIRoute):
    """A documented route whose endpoint gets the request and returns the response directly.

    FastAPI's validation costs more than the rest of a turn in this process. The endpoints of this
    kind check their few fields by hand.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the endpoint itself."""
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler


class RequestRefused(Exception):  # noqa: N818 - what happens to the request
    """A refused request: HTTP status, stable code, English title, parameters."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.title = title
        self.params = dict(params or {})
        self.headers = dict(headers or {})

    def response(self, instance: str) -> Response:
        """Make the response of RFC 9457 problem details."""
        return json_response(
            {
                "type": "about:blank",
                "title": self.title,
                "status": self.status,
                "code": self.code,
                "params": self.params,
                "instance": instance,
            },
            status=self.status,
            media_type="application/problem+json",
            headers=self.headers,
        )


def json_response(
    value: object,
    *,
    status: int = 200,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with JSON."""
    return Response(
        json.dumps(value).encode("utf-8", "replace"),
        status_code=status,
        media_type=media_type,
        headers=headers,
    )


async def read_body(request: Request, limit: int) -> bytes:
    """Read a request's body; stop when it is too large.

    Raises:
        Refused: 413, it is longer than `limit` bytes.
    """
    too_large = RequestRefused(
        413, "message_too_large", f"The body is longer than {limit} bytes.", {"limit": limit}
    )
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) <= limit:
        return await request.body()
    if declared:
        raise too_large
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > limit:
            raise too_large
    return bytes(parts)


def token_of(request: Request) -> str:
    """Return the token of a request, as Rasa reads it: from the header, or from `?token=`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.query_params.get("token", "")


def same(given: str, expected: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
