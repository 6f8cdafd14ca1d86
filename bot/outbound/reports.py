"""Send delivery reports of pushes to the case service.

A report is part of the outbox row and is committed with the result of sending. It is not lost while
the case service is unreachable, and nothing waits for it. The last report of an event counts, so a
repeated report does no harm.
"""

from collections.abc import Awaitable, Callable

from api.client import ApiProblem, ApiUnavailable
from api.contract.events import DeliveryReport, DeliveryReports
from bot.outbound import outgoing
from bot.outbound.delivery import REPORTS
from bot.outbound.outgoing import PendingReport
from bot.store.conversations import Status
from kernel.backoff import Backoff
from kernel.bell.port import Bell
from kernel.database.database import Database
from kernel.supervisor import Loop, Supervisor, TryAgain

TOGETHER = 200
"""Most reports in one call."""

LOOK_SECONDS = 30.0
"""Seconds between two polls for reports without a signal."""

GATHER_SECONDS = 0.5
"""Seconds for which reports are collected after a signal, to send them in one call."""

BACKOFF = Backoff(longest=300.0)
"""Waits while the case service is unreachable."""

Report = Callable[[DeliveryReports], Awaitable[object]]
"""Sends reports to the case service; `api.client.ApiClient.report_deliveries`."""

_OUTCOMES = {
    Status.SENT: "sent",
    Status.REFUSED: "dead",
    Status.DEAD: "dead",
    Status.FAILED: "dead",
    Status.DUE: "failed",
}


class Reports:
    """Sends delivery reports of pushes; `loop` runs as long as the process."""

    def __init__(
        self, *, database: Database, bell: Bell, supervisor: Supervisor, report: Report
    ) -> None:
        self._database = database
        self._report = report
        self.loop: Loop = supervisor.loop(
            "reports",
            self._step,
            every=LOOK_SECONDS,
            bell=bell,
            topic=REPORTS,
            gather=GATHER_SECONDS,
            backoff=BACKOFF,
        )

    async def _step(self) -> float | None:
        try:
            sent = await self.tell()
        except (ApiUnavailable, ApiProblem) as error:
            raise TryAgain(str(error)) from error
        return 0 if sent == TOGETHER else None

    async def tell(self) -> int:
        """Send the unreported results, at most one call's worth; return their number.

        Raises:
            ApiUnavailable: the case service did not answer; they stay unreported.
            ApiProblem: it refused them.
        """
        found = await self._database.read(outgoing.unreported, TOGETHER)
        if not found:
            return 0
        await self._report(DeliveryReports(items=tuple(_report(report) for report in found)))
        await self._database.run(outgoing.reported, found)
        return len(found)


def _report(report: PendingReport) -> DeliveryReport:
    return DeliveryReport.model_validate(
        {
            "event": report.event_key,
            "outcome": _OUTCOMES[report.status],
            "reason": report.reason or None,
        }
    )
