"""The typed client of the case service, the same in one process and across processes.

Acts on a citizen's behalf name the contact point that speaks. Every method may raise:

- `ApiProblem`: the service said no, with a stable code and parameters;
- `ApiUnavailable`: no usable answer within the time limit. What was asked may have been done all
  the same, so ask again with the same idempotency key.
"""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp

from api.contract import (
    AcceptReturn,
    AskJoinCode,
    AttachmentOut,
    Attachments,
    CaseOut,
    CasePage,
    CatalogueOut,
    CitizenExport,
    CitizenSummary,
    ConsentOut,
    ContactPointOut,
    Dispatch,
    Erase,
    Erased,
    Follow,
    GiveConsent,
    History,
    Join,
    JoinCodeOut,
    Joined,
    OpenCase,
    Problem,
    Progress,
    RedeemTicket,
    RefuseReturn,
    RegisterContactPoint,
    Rehandle,
    Reject,
    Remark,
    ReplyCase,
    ReturnCase,
    TicketOut,
    Urge,
    Withdraw,
)
from api.contract.events import DeliveriesTaken, DeliveryReports
from api.contract.live import (
    Announced,
    AskLive,
    Confirm,
    LiveMessage,
    MessageTaken,
    TalkOut,
)
from api.contract.surveys import SurveyAnswer, SurveyOut
from api.transport import AsgiTransport, Body, HttpTransport, Reply, Transport, Unreachable

_M = TypeVar("_M", bound=BaseModel)

_FOREIGN = re.compile(r"[^0-9A-Za-z-]")
_FOREIGN_ID = re.compile(r"[^0-9A-Za-z_]")
_FILE_SECONDS = 60.0
LONGEST_NAME = 200
"""Characters of a file's name that are handed over."""
_PASSED_ON = (
    "content-type",
    "content-disposition",
    "content-security-policy",
    "x-content-type-options",
    "cross-origin-resource-policy",
    "cache-control",
)
_RETRY_PAUSES = (0.05, 0.2)
_TRY_AGAIN = frozenset({502, 503, 504})
_NOT_MODIFIED = 304
_ERROR = 400
_SERVER_ERROR = 500


class ApiProblem(Exception):  # noqa: N818 - the service's answer, named as RFC 9457 names it
    """The service understood and said no: `code` and `params` are what words are made from."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.code}: {problem.title}")
        self.problem = problem

    @property
    def code(self) -> str:
        """The stable code, such as `case_not_found`."""
        return self.problem.code

    @property
    def params(self) -> Mapping[str, Any]:
        """What a sentence about the code would name."""
        return self.problem.params

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status


class ApiUnavailable(Exception):  # noqa: N818 - a state of the world, not a mistake
    """No usable answer in time; the request may or may not have been carried out."""


@dataclass(frozen=True, slots=True)
class FileOut:
    """A file as it was read: `headers` are to be passed on with `body`."""

    headers: Mapping[str, str]
    body: bytes


class ApiClient:
    """One caller of the service, known by its token.

    Args:
        transport: carries the requests.
        token: the service token.
        timeout: seconds for one method, its retries included.
        catalogue_age: seconds for which a catalogue is used without asking whether it changed.
        pause: waits between retries; tests hand in one that does not.
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
        """Read the city's catalogue; kept, and asked for again by its entity tag when it is old."""
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
            self._catalogue = _read(CatalogueOut, reply)
            self._catalogue_tag = reply.headers.get("etag", "")
        self._catalogue_asked = now
        return self._catalogue

    async def register_contact_point(
        self, contact_point: str, channel: str, language: str = "zh"
    ) -> ContactPointOut:
        """Make a reply address known, with a new citizen behind it; harmless when it is already."""
        body = RegisterContactPoint.model_validate(
            {"contact_point": contact_point, "channel": channel, "language": language}
        )
        return await self._put(ContactPointOut, "/v1/contact-points", body)

    async def open_case(self, order: OpenCase, *, idempotency_key: str) -> CaseOut:
        """Open a case. Only this answer carries the access code.

        The contact point need not be registered before. Asking again with the same key gives the
        first answer.
        """
        return await self._post(CaseOut, "/v1/cases", order, idempotency_key)

    async def case(self, number: str, *, contact_point: str | None = None) -> CaseOut:
        """Read a case. Another citizen's is `case_not_found`, as one that does not exist."""
        return await self._get(CaseOut, f"/v1/cases/{_part(number)}", contact_point)

    async def cases(
        self, *, contact_point: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> CasePage:
        """List cases, newest first: the citizen's own, or all that the token's role may see."""
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return await self._get(CasePage, f"/v1/cases?{urlencode(query)}", contact_point)

    async def history(self, number: str, *, contact_point: str | None = None) -> History:
        """Read all moves of a case, oldest first."""
        return await self._get(History, f"/v1/cases/{_part(number)}/history", contact_point)

    async def add_remark(
        self,
        number: str,
        contact_point: str,
        text: str | None = None,
        *,
        details: Mapping[str, str] | None = None,
        attachments: Sequence[str] = (),
        idempotency_key: str,
    ) -> CaseOut:
        """Add words, details, files, or all; a detail that was owed is owed no longer."""
        given = {"attachments": list(attachments)} if attachments else {}
        body = Remark.model_validate({"text": text, "details": details or {}, **given})
        path = f"/v1/cases/{_part(number)}/remarks"
        return await self._post(CaseOut, path, body, idempotency_key, contact_point)

    async def urge(
        self, number: str, contact_point: str, reason: str | None = None, *, idempotency_key: str
    ) -> CaseOut:
        """Ask that it go faster; `urge_limit_reached` when it was asked for too often."""
        path = f"/v1/cases/{_part(number)}/urge"
        return await self._post(CaseOut, path, Urge(reason=reason), idempotency_key, contact_point)

    async def withdraw(
        self, number: str, contact_point: str, reason: str | None = None, *, idempotency_key: str
    ) -> CaseOut:
        """Take the matter back."""
        path = f"/v1/cases/{_part(number)}/withdraw"
        body = Withdraw(reason=reason)
        return await self._post(CaseOut, path, body, idempotency_key, contact_point)

    async def accept(self, number: str, *, idempotency_key: str | None = None) -> CaseOut:
        """Accept a case, as a clerk."""
        return await self._post(CaseOut, f"/v1/cases/{_part(number)}/accept", None, idempotency_key)

    async def dispatch(
        self,
        number: str,
        unit: str,
        reason: str | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> CaseOut:
        """Send an accepted case to a unit, as a clerk."""
        body = Dispatch(unit=unit, reason=reason)
        path = f"/v1/cases/{_part(number)}/dispatch"
        return await self._post(CaseOut, path, body, idempotency_key)

    async def reject(
        self, number: str, exclusion: str, reason: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Not accept a matter, as a clerk; the catalogue's exclusion names the right door."""
        body = Reject(exclusion=exclusion, reason=reason)
        return await self._post(CaseOut, f"/v1/cases/{_part(number)}/reject", body, idempotency_key)

    # The unit's moves, and the decision on a return

    async def sign_in(self, number: str, *, idempotency_key: str | None = None) -> CaseOut:
        """Take a case in hand, as its unit."""
        path = f"/v1/cases/{_part(number)}/sign-in"
        return await self._post(CaseOut, path, None, idempotency_key)

    async def progress(
        self, number: str, note: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Tell the citizen what was done so far, as the unit."""
        path = f"/v1/cases/{_part(number)}/progress"
        return await self._post(CaseOut, path, Progress(note=note), idempotency_key)

    async def reply(
        self, number: str, reply: ReplyCase, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Answer a case, as its unit."""
        path = f"/v1/cases/{_part(number)}/reply"
        return await self._post(CaseOut, path, reply, idempotency_key)

    async def return_case(
        self, number: str, reason: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Return a case, as its unit."""
        path = f"/v1/cases/{_part(number)}/return"
        return await self._post(CaseOut, path, ReturnCase(reason=reason), idempotency_key)

    async def accept_return(
        self, number: str, reason: str | None = None, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Let a unit off, as a clerk."""
        path = f"/v1/cases/{_part(number)}/accept-return"
        return await self._post(CaseOut, path, AcceptReturn(reason=reason), idempotency_key)

    async def refuse_return(
        self, number: str, reason: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Hold a unit to a case, as a clerk."""
        path = f"/v1/cases/{_part(number)}/refuse-return"
        return await self._post(CaseOut, path, RefuseReturn(reason=reason), idempotency_key)

    async def rehandle(
        self, number: str, reason: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Send an answered case back to its unit, as a clerk."""
        path = f"/v1/cases/{_part(number)}/rehandle"
        return await self._post(CaseOut, path, Rehandle(reason=reason), idempotency_key)

    # The callback survey

    async def survey(self, number: str, *, contact_point: str | None = None) -> SurveyOut:
        """Read the newest survey of a case; `survey_not_found` when it was never answered."""
        return await self._get(SurveyOut, f"/v1/cases/{_part(number)}/survey", contact_point)

    async def answer_survey(
        self, number: str, contact_point: str, answers: SurveyAnswer, *, idempotency_key: str
    ) -> SurveyOut:
        """Answer one question of a survey, or several; `taken` tells whether it was in time."""
        path = f"/v1/cases/{_part(number)}/survey"
        return await self._post(SurveyOut, path, answers, idempotency_key, contact_point)

    # What became of messages

    async def report_deliveries(self, reports: DeliveryReports) -> DeliveriesTaken:
        """Tell what became of the messages that events were turned into. Safe to repeat."""
        reply = await self._ask("POST", "/v1/deliveries", body=reports, repeat=True)
        return _read(DeliveriesTaken, reply)

    # Files

    async def keep_attachment(
        self, stream: AsyncIterable[bytes], contact_point: str, name: str | None = None
    ) -> AttachmentOut:
        """Hand a citizen's file over as it comes in; `open_case` or `add_remark` then names it.

        What it is, is told from its bytes. Refusals: `attachment_too_large`,
        `attachment_type_refused`, `attachment_unreadable`, `attachment_too_many_pixels`,
        `attachment_limit_reached`. Never repeated by itself, as a stream is read once.
        """
        path = "/v1/attachments" + (f"?{urlencode({'name': name[:LONGEST_NAME]})}" if name else "")
        headers = {
            "Authorization": self._authorization,
            "Contact-Point": contact_point,
            "Content-Type": "application/octet-stream",
        }
        return _read(AttachmentOut, await self._once("POST", path, headers, stream))

    async def attachment(self, id_: str, *, contact_point: str | None = None) -> FileOut:
        """Read a file that may be seen: its bytes, whole, and the headers to pass on with them."""
        headers = {"Authorization": self._authorization}
        if contact_point:
            headers["Contact-Point"] = contact_point
        reply = await self._once("GET", f"/v1/attachments/{_id(id_)}", headers, None)
        passed = {name: reply.headers[name] for name in _PASSED_ON if name in reply.headers}
        return FileOut(passed, reply.body)

    async def attachments(self, number: str, *, contact_point: str | None = None) -> Attachments:
        """List the files of a case, oldest first."""
        return await self._get(Attachments, f"/v1/cases/{_part(number)}/attachments", contact_point)

    # Privacy and identity

    async def consent(
        self, contact_point: str, notice: str, channel: str, language: str = "zh"
    ) -> ConsentOut:
        """Note that the citizen was shown this version of the notice and goes on."""
        body = GiveConsent.model_validate(
            {"notice": notice, "channel": channel, "language": language}
        )
        return await self._about(ConsentOut, "consent", body, contact_point, repeat=True)

    async def citizen(self, contact_point: str) -> CitizenSummary:
        """Count what is kept of the citizen."""
        return await self._get(CitizenSummary, "/v1/citizens/me", contact_point)

    async def export_ticket(
        self, contact_point: str, channel: str, language: str = "zh"
    ) -> TicketOut:
        """Get the right to one export; an older ticket of this contact point ends."""
        body = AskJoinCode.model_validate({"channel": channel, "language": language})
        return await self._about(TicketOut, "exports", body, contact_point, repeat=True)

    async def redeem_export(self, ticket: str) -> CitizenExport:
        """Hand a ticket in; `ticket_used` when it opens nothing (any more)."""
        body = RedeemTicket.model_validate({"ticket": ticket})
        return await self._about(CitizenExport, "exports/redeem", body, None, repeat=False)

    async def erase_citizen(self, contact_point: str, *, withdraw: bool = False) -> Erased:
        """Forget the citizen; harmless to repeat. The answer names conversations to wipe too."""
        body = Erase(withdraw=withdraw)
        return await self._about(Erased, "erase", body, contact_point, repeat=True)

    async def join_code(
        self, contact_point: str, channel: str, language: str = "zh"
    ) -> JoinCodeOut:
        """Get a code to be shown here and typed on another channel; an older one ends."""
        body = AskJoinCode.model_validate({"channel": channel, "language": language})
        return await self._about(JoinCodeOut, "join-codes", body, contact_point, repeat=True)

    async def join(
        self, contact_point: str, code: str, channel: str, language: str = "zh"
    ) -> Joined:
        """Type a code that another channel showed. Refusals: `code_wrong`, `tries_used_up`."""
        body = Join.model_validate({"code": code, "channel": channel, "language": language})
        return await self._about(Joined, "join", body, contact_point, repeat=False)

    async def follow(
        self, contact_point: str, number: str, access_code: str, channel: str, language: str = "zh"
    ) -> CaseOut:
        """Follow one case by its receipt. Refusals: `code_wrong`, `tries_used_up`."""
        body = Follow.model_validate(
            {
                "number": _part(number),
                "access_code": access_code,
                "channel": channel,
                "language": language,
            }
        )
        return await self._about(CaseOut, "follow", body, contact_point, repeat=False)

    async def _about(
        self,
        model: type[_M],
        what: str,
        body: BaseModel,
        contact_point: str | None,
        *,
        repeat: bool,
    ) -> _M:
        headers = {"Contact-Point": contact_point} if contact_point else {}
        path = f"/v1/citizens/{what}"
        reply = await self._ask("POST", path, headers=headers, body=body, repeat=repeat)
        return _read(model, reply)

    async def _once(self, method: str, path: str, headers: Mapping[str, str], body: Body) -> Reply:
        """Send once, with time enough for a file over a slow line."""
        try:
            async with asyncio.timeout(_FILE_SECONDS):
                return _checked(await self._transport.send(method, path, headers, body))
        except TimeoutError as error:
            raise ApiUnavailable(f"{method} a file: no answer in {_FILE_SECONDS} s") from error
        except Unreachable as error:
            raise ApiUnavailable(f"{method} a file: {error}") from error

    # Leaders on duty

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

    async def leave_live(self, contact_point: str) -> TalkOut:
        """Give up the place or the talk; harmless when it is over."""
        return await self._again(TalkOut, "/v1/live/leave", None, contact_point)

    async def confirm_live(self, talk: str, contact_point: str, *, solved: bool) -> TalkOut:
        """Say whether it is solved; harmless when that was said before."""
        path = f"/v1/live/talks/{_id(talk)}/confirm"
        return await self._again(TalkOut, path, Confirm(solved=solved), contact_point)

    async def _again(
        self, model: type[_M], path: str, body: BaseModel | None, contact_point: str
    ) -> _M:
        """Post what is harmless to repeat without a key."""
        headers = {"Contact-Point": contact_point}
        return _read(model, await self._ask("POST", path, headers=headers, body=body, repeat=True))

    async def _get(self, model: type[_M], path: str, contact_point: str | None) -> _M:
        headers = {"Contact-Point": contact_point} if contact_point else {}
        return _read(model, await self._ask("GET", path, headers=headers, repeat=True))

    async def _put(self, model: type[_M], path: str, body: BaseModel) -> _M:
        return _read(model, await self._ask("PUT", path, body=body, repeat=True))

    async def _post(
        self,
        model: type[_M],
        path: str,
        body: BaseModel | None,
        idempotency_key: str | None,
        contact_point: str | None = None,
    ) -> _M:
        headers = {"Contact-Point": contact_point} if contact_point else {}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        repeat = idempotency_key is not None
        return _read(
            model, await self._ask("POST", path, headers=headers, body=body, repeat=repeat)
        )

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: BaseModel | None = None,
        repeat: bool,
    ) -> Reply:
        """Send, and send again when no answer came and doing it twice is harmless."""
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
                            return _checked(reply)
                    await self._pause(pause)
                return _checked(await self._transport.send(method, path, sent, content))
        except TimeoutError as error:
            msg = f"{method} {path.partition('?')[0]}: no answer in {self._timeout} s"
            raise ApiUnavailable(msg) from error
        except Unreachable as error:
            msg = f"{method} {path.partition('?')[0]}: {error}"
            raise ApiUnavailable(msg) from error


def _part(number: str) -> str:
    """Make one path segment of whatever a citizen typed as a case number.

    Full-width digits become plain ones; what no number holds (a full stop, a slash) is dropped.
    """
    return _FOREIGN.sub("", unicodedata.normalize("NFKC", number))[:64] or "-"


def _id(id_: str) -> str:
    """Make one path segment of an opaque id."""
    return _FOREIGN_ID.sub("", id_)[:64] or "-"


def _checked(reply: Reply) -> Reply:
    if reply.status < _ERROR:
        return reply
    try:
        problem = Problem.model_validate_json(reply.body)
    except ValidationError:
        # Not our service's words: a proxy on the way, or an app that broke before it could speak.
        raise ApiUnavailable(f"status {reply.status} without problem details") from None
    if reply.status >= _SERVER_ERROR:
        raise ApiUnavailable(f"{problem.status} {problem.code}")
    raise ApiProblem(problem)


def _read(model: type[_M], reply: Reply) -> _M:
    try:
        return model.model_validate_json(reply.body)
    except ValidationError as error:
        msg = f"the answer is not a {model.__name__}: {error.error_count()} faults"
        raise ApiUnavailable(msg) from None
