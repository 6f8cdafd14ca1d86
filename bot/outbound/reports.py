"""Tells the case service what became of the pushes.

What is to be told stands beside the outbox row, written in the commit that ended its sending, so
nothing is lost while the case service is away; nothing waits for it either. Of one event the last
report counts, so telling twice is harmless.
"""

from collections.abc import Awaitable, Callable

from api.client import ApiProblem, ApiUnavailable
from api.contract.events import DeliveryReport, DeliveryReports
from bot.outbound import outgoing
from bot.outbound.delivery import REPORTS
from bot.outbound.outgoing import Unreported
from bot.store.conversations import Status
from kernel.backoff import Backoff
from kernel.bell.port import Bell
from kernel.database import Database
from kernel.supervisor import Loop, Supervisor, TryAgain

TOGETHER = 200
"""Reports in one call."""

LOOK_SECONDS = 30.0
"""How often reports are looked for that no bell told of."""

GATHER_SECONDS = 0.5
"""How long reports are gathered after the bell: one call for what ends together."""

BACKOFF = Backoff(longest=300.0)
"""Waits while the case service is away."""

Report = Callable[[DeliveryReports], Awaitable[object]]
"""Hands reports to the case service; `api.client.ApiClient.report_deliveries`."""

_OUTCOMES = {
    Status.SENT: "sent",
    Status.REFUSED: "dead",
    Status.DEAD: "dead",
    Status.FAILED: "dead",
    Status.DUE: "failed",
}


class Reports:
    """Reports the ends of pushes; `loop` does it for as long as the process runs."""

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
            told = await self.tell()
        except (ApiUnavailable, ApiProblem) as error:
            raise TryAgain(str(error)) from error
        return 0 if told == TOGETHER else None

    async def tell(self) -> int:
        """Tell what is untold, at most one call's worth; give how much that was.

        Raises:
            ApiUnavailable: the case service did not answer; all of it stays to be told.
            ApiProblem: it refused.
        """
        found = await self._database.read(outgoing.unreported, TOGETHER)
        if not found:
            return 0
        await self._report(DeliveryReports(items=tuple(_report(report) for report in found)))
        await self._database.run(outgoing.reported, found)
        return len(found)


def _report(report: Unreported) -> DeliveryReport:
    return DeliveryReport.model_validate(
        {
            "event": report.event_key,
            "outcome": _OUTCOMES[report.status],
            "reason": report.reason or None,
        }
    )
