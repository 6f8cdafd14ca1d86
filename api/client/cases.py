"""Calls about cases: by citizens, units, clerks, and the survey at their end."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from pydantic import BaseModel

from api.client.asking import ApiCalls, part, read
from api.contract import (
    AcceptReturn,
    CaseOut,
    CasePage,
    ContactPointOut,
    Dispatch,
    History,
    OpenCase,
    Progress,
    RefuseReturn,
    RegisterContactPoint,
    Rehandle,
    Reject,
    Remark,
    ReplyCase,
    ReturnCase,
    Urge,
    Withdraw,
)
from api.contract.events import DeliveriesTaken, DeliveryReports
from api.contract.surveys import SurveyAnswer, SurveyOut


class CaseCalls(ApiCalls):
    """Opens, reads and moves cases."""

    async def register_contact_point(
        self, contact_point: str, channel: str, language: str = "zh"
    ) -> ContactPointOut:
        """Register a contact point with a new citizen; safe to repeat."""
        body = RegisterContactPoint.model_validate(
            {"contact_point": contact_point, "channel": channel, "language": language}
        )
        return await self._put(ContactPointOut, "/v1/contact-points", body)

    async def open_case(self, order: OpenCase, *, idempotency_key: str) -> CaseOut:
        """Open a case. Only this answer has the access code.

        The contact point need not be registered before. A repetition with the same key returns
        the first answer.
        """
        return await self._post(CaseOut, "/v1/cases", order, idempotency_key)

    async def case(self, number: str, *, contact_point: str | None = None) -> CaseOut:
        """Read a case. Another citizen's case is `case_not_found`, like a missing one."""
        return await self._get(CaseOut, f"/v1/cases/{part(number)}", contact_point)

    async def cases(
        self, *, contact_point: str | None = None, cursor: str | None = None, limit: int = 20
    ) -> CasePage:
        """List cases, newest first: the citizen's own, or all that the token's role may see."""
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return await self._get(CasePage, f"/v1/cases?{urlencode(query)}", contact_point)

    async def history(self, number: str, *, contact_point: str | None = None) -> History:
        """Read all moves of a case, oldest first."""
        return await self._get(History, f"/v1/cases/{part(number)}/history", contact_point)

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
        """Add words, details, files, or all; an added detail is no longer owed."""
        given = {"attachments": list(attachments)} if attachments else {}
        body = Remark.model_validate({"text": text, "details": details or {}, **given})
        path = f"/v1/cases/{part(number)}/remarks"
        return await self._post(CaseOut, path, body, idempotency_key, contact_point)

    async def urge(
        self, number: str, contact_point: str, reason: str | None = None, *, idempotency_key: str
    ) -> CaseOut:
        """Urge a case; `urge_limit_reached` when it was urged too often."""
        path = f"/v1/cases/{part(number)}/urge"
        return await self._post(CaseOut, path, Urge(reason=reason), idempotency_key, contact_point)

    async def withdraw(
        self, number: str, contact_point: str, reason: str | None = None, *, idempotency_key: str
    ) -> CaseOut:
        """Withdraw the matter."""
        path = f"/v1/cases/{part(number)}/withdraw"
        body = Withdraw(reason=reason)
        return await self._post(CaseOut, path, body, idempotency_key, contact_point)

    async def accept(self, number: str, *, idempotency_key: str | None = None) -> CaseOut:
        """Accept a case, as a clerk."""
        return await self._post(CaseOut, f"/v1/cases/{part(number)}/accept", None, idempotency_key)

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
        path = f"/v1/cases/{part(number)}/dispatch"
        return await self._post(CaseOut, path, body, idempotency_key)

    async def reject(
        self, number: str, exclusion: str, reason: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Reject a matter, as a clerk; the catalogue's exclusion names the right office."""
        body = Reject(exclusion=exclusion, reason=reason)
        return await self._post(CaseOut, f"/v1/cases/{part(number)}/reject", body, idempotency_key)

    async def move(
        self,
        number: str,
        path: str,
        order: BaseModel | None = None,
        *,
        contact_point: str | None = None,
        idempotency_key: str | None = None,
        version: int | None = None,
    ) -> CaseOut:
        """Make any move: `path` is its name with hyphens, `order` a model of `api.contract`.

        With the `version` that was read, the answer is `version_stale` if the case has changed.
        """
        return await self._post(
            CaseOut,
            f"/v1/cases/{part(number)}/{path}",
            order,
            idempotency_key,
            contact_point,
            version=version,
        )

    # The unit's moves, and the decision on a return

    async def sign_in(self, number: str, *, idempotency_key: str | None = None) -> CaseOut:
        """Sign for a case, as its unit."""
        path = f"/v1/cases/{part(number)}/sign-in"
        return await self._post(CaseOut, path, None, idempotency_key)

    async def progress(
        self, number: str, note: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Report progress to the citizen, as the unit."""
        path = f"/v1/cases/{part(number)}/progress"
        return await self._post(CaseOut, path, Progress(note=note), idempotency_key)

    async def reply(
        self, number: str, reply: ReplyCase, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Answer a case, as its unit."""
        path = f"/v1/cases/{part(number)}/reply"
        return await self._post(CaseOut, path, reply, idempotency_key)

    async def return_case(
        self, number: str, reason: str, evidence: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Return a case, as its unit."""
        body = ReturnCase(reason=reason, evidence=evidence)
        return await self.move(number, "return", body, idempotency_key=idempotency_key)

    async def accept_return(
        self, number: str, reason: str | None = None, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Accept a unit's return, as a clerk."""
        path = f"/v1/cases/{part(number)}/accept-return"
        return await self._post(CaseOut, path, AcceptReturn(reason=reason), idempotency_key)

    async def refuse_return(
        self, number: str, reason: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Refuse a unit's return, as a clerk."""
        path = f"/v1/cases/{part(number)}/refuse-return"
        return await self._post(CaseOut, path, RefuseReturn(reason=reason), idempotency_key)

    async def rehandle(
        self, number: str, reason: str, *, idempotency_key: str | None = None
    ) -> CaseOut:
        """Send an answered case back to its unit, as a clerk."""
        path = f"/v1/cases/{part(number)}/rehandle"
        return await self._post(CaseOut, path, Rehandle(reason=reason), idempotency_key)

    # The callback survey

    async def survey(self, number: str, *, contact_point: str | None = None) -> SurveyOut:
        """Read the newest survey of a case; `survey_not_found` when there is none."""
        return await self._get(SurveyOut, f"/v1/cases/{part(number)}/survey", contact_point)

    async def answer_survey(
        self, number: str, contact_point: str, answers: SurveyAnswer, *, idempotency_key: str
    ) -> SurveyOut:
        """Answer one or several questions of a survey; `taken` is whether it was in time."""
        path = f"/v1/cases/{part(number)}/survey"
        return await self._post(SurveyOut, path, answers, idempotency_key, contact_point)

    # What became of messages

    async def report_deliveries(self, reports: DeliveryReports) -> DeliveriesTaken:
        """Report the delivery of the messages of events. Safe to repeat."""
        reply = await self._ask("POST", "/v1/deliveries", body=reports, repeat=True)
        return read(DeliveriesTaken, reply)
