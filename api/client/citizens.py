"""Calls about a citizen: files, consent, export, erasure, linked channels."""

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from api.client.asking import ApiCalls, id_part, part, read
from api.contract import (
    AskJoinCode,
    AttachmentOut,
    Attachments,
    CaseOut,
    CitizenExport,
    CitizenSummary,
    ConsentOut,
    Erase,
    Erased,
    Follow,
    GiveConsent,
    Join,
    JoinCodeOut,
    Joined,
    RedeemTicket,
    SpendTicket,
    TicketOut,
    TicketSpent,
)

LONGEST_NAME = 200
"""Most characters of a file's name."""

_PASSED_ON = (
    "content-type",
    "content-disposition",
    "content-security-policy",
    "x-content-type-options",
    "cross-origin-resource-policy",
    "cache-control",
)


@dataclass(frozen=True, slots=True)
class FileOut:
    """A downloaded file: pass `headers` on with `body`."""

    headers: Mapping[str, str]
    body: bytes


class CitizenCalls(ApiCalls):
    """Stores citizens' files, and makes the requests that citizens may make for themselves."""

    # Files

    async def keep_attachment(
        self,
        stream: AsyncIterable[bytes],
        contact_point: str | None,
        name: str | None = None,
        *,
        origin: str | None = None,
    ) -> AttachmentOut:
        """Upload a citizen's file as a stream; `open_case` or `add_remark` then names it.

        Without a contact point it is a file of staff, and a move names it. Its type is detected
        from its bytes. `origin` is a pseudonym of the sender's network address. Refusals:
        `attachment_too_large`, `attachment_type_refused`, `attachment_unreadable`,
        `attachment_too_many_pixels`, `attachment_limit_reached`. It is never retried, because a
        stream can be read only once.
        """
        path = "/v1/attachments" + (f"?{urlencode({'name': name[:LONGEST_NAME]})}" if name else "")
        headers = {
            "Authorization": self._authorization,
            "Content-Type": "application/octet-stream",
        }
        if contact_point:
            headers["Contact-Point"] = contact_point
        if origin:
            headers["Upload-Origin"] = origin
        return read(AttachmentOut, await self._once("POST", path, headers, stream))

    async def attachment(self, id_: str, *, contact_point: str | None = None) -> FileOut:
        """Read a file that the caller may see: its bytes, and the headers to pass on."""
        headers = {"Authorization": self._authorization}
        if contact_point:
            headers["Contact-Point"] = contact_point
        reply = await self._once("GET", f"/v1/attachments/{id_part(id_)}", headers, None)
        passed = {name: reply.headers[name] for name in _PASSED_ON if name in reply.headers}
        return FileOut(passed, reply.body)

    async def attachments(self, number: str, *, contact_point: str | None = None) -> Attachments:
        """List the files of a case, oldest first."""
        return await self._get(Attachments, f"/v1/cases/{part(number)}/attachments", contact_point)

    # Privacy and identity

    async def consent(
        self, contact_point: str, notice: str, channel: str, language: str = "zh"
    ) -> ConsentOut:
        """Record that the citizen was shown this version of the notice and continued."""
        body = GiveConsent.model_validate(
            {"notice": notice, "channel": channel, "language": language}
        )
        return await self._about(ConsentOut, "consent", body, contact_point, repeat=True)

    async def citizen(self, contact_point: str) -> CitizenSummary:
        """Count the stored data of the citizen."""
        return await self._get(CitizenSummary, "/v1/citizens/me", contact_point)

    async def export_ticket(
        self, contact_point: str, channel: str, language: str = "zh"
    ) -> TicketOut:
        """Get a ticket for one export; an older ticket of this contact point ends."""
        body = AskJoinCode.model_validate({"channel": channel, "language": language})
        return await self._about(TicketOut, "exports", body, contact_point, repeat=True)

    async def redeem_export(self, ticket: str) -> CitizenExport:
        """Read the export of a ticket, which stays valid; `ticket_used` when it is not valid."""
        body = RedeemTicket.model_validate({"ticket": ticket})
        return await self._about(CitizenExport, "exports/redeem", body, None, repeat=True)

    async def spend_export(self, ticket: str, download: str) -> TicketSpent:
        """Use up a ticket for a download; `ticket_used` when another download was first."""
        body = SpendTicket.model_validate({"ticket": ticket, "download": download})
        return await self._about(TicketSpent, "exports/spend", body, None, repeat=True)

    async def erase_citizen(self, contact_point: str, *, withdraw: bool = False) -> Erased:
        """Erase the citizen; safe to repeat. The answer names the conversations to erase too."""
        body = Erase(withdraw=withdraw)
        return await self._about(Erased, "erase", body, contact_point, repeat=True)

    async def join_code(
        self, contact_point: str, channel: str, language: str = "zh"
    ) -> JoinCodeOut:
        """Get a code that is shown here and typed on another channel; an older one ends."""
        body = AskJoinCode.model_validate({"channel": channel, "language": language})
        return await self._about(JoinCodeOut, "join-codes", body, contact_point, repeat=True)

    async def join(
        self, contact_point: str, code: str, channel: str, language: str = "zh"
    ) -> Joined:
        """Enter a code of another channel. Refusals: `code_wrong`, `tries_used_up`."""
        body = Join.model_validate({"code": code, "channel": channel, "language": language})
        return await self._about(Joined, "join", body, contact_point, repeat=False)

    async def follow(
        self, contact_point: str, number: str, access_code: str, channel: str, language: str = "zh"
    ) -> CaseOut:
        """Follow one case by its receipt. Refusals: `code_wrong`, `tries_used_up`."""
        body = Follow.model_validate(
            {
                "number": part(number),
                "access_code": access_code,
                "channel": channel,
                "language": language,
            }
        )
        return await self._about(CaseOut, "follow", body, contact_point, repeat=False)
