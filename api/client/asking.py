"""Send requests to the case service: errors, time limits, retries, parsing of answers."""

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp

from api.contract import (
    CatalogueOut,
    Problem,
)
from api.transport import AsgiTransport, Body, HttpResponse, HttpTransport, Transport, Unreachable

M = TypeVar("M", bound=BaseModel)

_FOREIGN = re.compile(r"[^0-9A-Za-z-]")
_FOREIGN_ID = re.compile(r"[^0-9A-Za-z_]")
_FILE_SECONDS = 60.0
_RETRY_PAUSES = (0.05, 0.2)
_TRY_AGAIN = frozenset({502, 503, 504})
_NOT_MODIFIED = 304
_ERROR = 400
_SERVER_ERROR = 500


class ApiProblem(Exception):  # noqa: N818 - the service's answer, named as RFC 9457 names it
    """The service refused the request; `code` and `params` are the data for its words."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.title}")
        self.problem = problem

    @property
    def code(self) -> str:
        """The stable code, such as `case_not_found`."""
        return self.problem.code

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters of the code's words."""
        return self.problem.params

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status


class ApiUnavailable(Exception):  # noqa: N818 - a state of the world, not a mistake
    """No usable answer in time; the request may or may not have been carried out."""


class ApiCalls:
    """Base of the client: sends requests with the service token; subclasses define the calls.

    Args:
        transport: sends the requests.
        token: the service token.
        timeout: seconds for one method, its retries included.
        catalogue_age: seconds for which a cached catalogue is used without revalidation.
        pause: waits between retries; tests pass one that does not wait.
    """

    def __init__(
        self,
        transport: Transport,
        token: str,
        *,
        timeout: float = 2.0,
        catalogue_age: float = 60.0,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._transport = transport
        self._authorization = f"Bearer {token}"
        self._timeout = timeout
        self._catalogue_age = catalogue_age
        self._pause = pause
        self._catalogue: CatalogueOut | None = None
        self._catalogue_tag = ""
        self._catalogue_asked = 0.0

    @classmethod
    def over_asgi(cls, app: ASGIApp, token: str, *, timeout: float = 2.0) -> Self:
        """Call an app in this process."""
        return cls(AsgiTransport(app), token, timeout=timeout)

    @classmethod
    def over_http(cls, base_url: str, token: str, *, timeout: float = 2.0) -> Self:
        """Call a service at `base_url`, such as `http://127.0.0.1:8311`."""
        return cls(HttpTransport(base_url, timeout=timeout), token, timeout=timeout)

    async def close(self) -> None:
        """Close connections, if there are any."""
        await self._transport.close()

    async def catalogue(self) -> CatalogueOut:
        """Read the city's catalogue; it is cached, and revalidated by its entity tag when old."""
        now = asyncio.get_running_loop().time()
        if self._catalogue is not None and now - self._catalogue_asked < self._catalogue_age:
            return self._catalogue
        headers = {"If-None-Match": self._catalogue_tag} if self._catalogue else {}
        try:
            reply = await self._ask("GET", "/v1/catalogue", headers=headers, repeat=True)
        except ApiUnavailable:
            if self._catalogue is None:
                raise
            return self._catalogue
        if reply.status != _NOT_MODIFIED or self._catalogue is None:
            self._catalogue = read(CatalogueOut, reply)
            self._catalogue_tag = reply.headers.get("etag", "")
        self._catalogue_asked = now
        return self._catalogue

    async def _about(
        self,
        model: type[M],
        what: str,
        body: BaseModel,
        contact_point: str | None,
        *,
        repeat: bool,
    ) -> M:
        headers = {"Contact-Point": contact_point} if contact_point else {}
        path = f"/v1/citizens/{what}"
        reply = await self._ask("POST", path, headers=headers, body=body, repeat=repeat)
        return read(model, reply)

    async def _once(
        self, method: str, path: str, headers: Mapping[str, str], body: Body
    ) -> HttpResponse:
        """Send once, with a time limit for a file over a slow connection."""
        try:
            async with asyncio.timeout(_FILE_SECONDS):
                return checked(await self._transport.send(method, path, headers, body))
        except TimeoutError as error:
            raise ApiUnavailable(f"{method} a file: no answer in {_FILE_SECONDS} s") from error
        except Unreachable as error:
            raise ApiUnavailable(f"{method} a file: {error}") from error

    async def _again(
        self, model: type[M], path: str, body: BaseModel | None, contact_point: str
    ) -> M:
        """Post a request that is safe to repeat without an idempotency key."""
        headers = {"Contact-Point": contact_point}
        return read(model, await self._ask("POST", path, headers=headers, body=body, repeat=True))

    async def _get(self, model: type[M], path: str, contact_point: str | None) -> M:
        headers = {"Contact-Point": contact_point} if contact_point else {}
        return read(model, await self._ask("GET", path, headers=headers, repeat=True))

    async def _put(self, model: type[M], path: str, body: BaseModel) -> M:
        return read(model, await self._ask("PUT", path, body=body, repeat=True))

    async def _post(
        self,
        model: type[M],
        path: str,
        body: BaseModel | None,
        idempotency_key: str | None,
        contact_point: str | None = None,
        *,
        version: int | None = None,
    ) -> M:
        headers = {"Contact-Point": contact_point} if contact_point else {}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        repeat = idempotency_key is not None
        return read(model, await self._ask("POST", path, headers=headers, body=body, repeat=repeat))

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: BaseModel | None = None,
        repeat: bool,
    ) -> HttpResponse:
        """Send, and retry without an answer if a repetition is safe."""
        content = body.model_dump_json(exclude_unset=True).encode() if body is not None else None
        sent = {"Authorization": self._authorization, **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json"
        pauses = _RETRY_PAUSES if repeat else ()
        try:
            async with asyncio.timeout(self._timeout):
                for pause in pauses:
                    try:
                        reply = await self._transport.send(method, path, sent, content)
                    except Unreachable:
                        pass
                    else:
                        if reply.status not in _TRY_AGAIN:
                            return checked(reply)
                    await self._pause(pause)
                return checked(await self._transport.send(method, path, sent, content))
        except TimeoutError as error:
            msg = f"{method} {path.partition('?')[0]}: no answer in {self._timeout} s"
            raise ApiUnavailable(msg) from error
        except Unreachable as error:
            msg = f"{method} {path.partition('?')[0]}: {error}"
            raise ApiUnavailable(msg) from error


def part(number: str) -> str:
    """Make one path segment of a case number that a citizen typed.

    Full-width digits are converted; characters that no number has (a full stop, a slash) are
    removed.
    """
    return _FOREIGN.sub("", unicodedata.normalize("NFKC", number))[:64] or "-"


def id_part(id_: str) -> str:
    """Make one path segment of an opaque id."""
    return _FOREIGN_ID.sub("", id_)[:64] or "-"


def checked(reply: HttpResponse) -> HttpResponse:
    """Return a successful answer.

    Raises:
        ApiProblem: the service refused.
        ApiUnavailable: it is not an answer of the service, or a server error.
    """
    if reply.status < _ERROR:
        return reply
    try:
        problem = Problem.model_validate_json(reply.body)
    except ValidationError:
        # Not an answer of our service: from a proxy, or an app that failed early.
        raise ApiUnavailable(f"status {reply.status} without problem details") from None
    if reply.status >= _SERVER_ERROR:
        raise ApiUnavailable(f"{problem.status} {problem.code}")
    raise ApiProblem(problem)


def read(model: type[M], reply: HttpResponse) -> M:
    """Parse an answer as a model.

    Raises:
        ApiUnavailable: it does not match the model.
    """
    try:
        return model.model_validate_json(reply.body)
    except ValidationError as error:
        msg = f"the answer is not a {model.__name__}: {error.error_count()} faults"
        raise ApiUnavailable(msg) from None
