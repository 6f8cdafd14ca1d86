"""Tells the case service what became of the pushes.

What is to be told stands beside the outbox row, written in the commit that ended its sending, so
nothing is lost while the case service is away; nothing waits for it either. Of one event the last
report counts, so telling twice is harmless.
"""

from collections.abc import Awaitable, Callable

from structlog import get_logger

from api.client import ApiProblem, ApiUnavailable
from api.contract.events import DeliveryReport, DeliveryReports
from bot import outgoing
from bot.delivery import REPORTS
from bot.outgoing import Unreported
from bot.store import Status
from kernel.bell.port import Bell
from kernel.clock import Clock
from kernel.database import Database

TOGETHER = 200
"""Reports in one call."""

LOOK_SECONDS = 30.0
"""How often reports are looked for that no bell told of."""

GATHER_SECONDS = 0.5
"""How long reports are gathered after the bell: one call for what ends together."""

LONGEST_PAUSE = 300.0

Report = Callable[[DeliveryReports], Awaitable[object]]
"""Hands reports to the case service; `api.client.ApiClient.report_deliveries`."""

_OUTCOMES = {
    Status.SENT: "sent",
    Status.REFUSED: "dead",
    Status.DEAD: "dead",
    Status.DUE: "failed",
    Status.SENDING: "failed",
}

logger = get_logger(__name__)


class Reports:
    """Reports for as long as it runs."""

    def __init__(self, *, database: Database, bell: Bell, clock: Clock, report: Report) -> None:
        self._database = database
        self._bell = bell
        self._clock = clock
        self._report = report

    async def run(self) -> None:
        """Report for ever, trying again ever more slowly while the case service is away."""
        failures = 0
        async with self._bell.listen(REPORTS) as listener:
            while True:
                try:
                    told = await self.tell()
                    failures = 0
                except (ApiUnavailable, ApiProblem) as error:
                    failures += 1
                    logger.warning("deliveries_not_reported", reason=str(error))
                    await self._clock.sleep(min(2.0**failures, LONGEST_PAUSE))
                    continue
                except Exception:
                    failures += 1
                    logger.exception("reporting_failed")
                    await self._clock.sleep(min(2.0**failures, LONGEST_PAUSE))
                    continue
                if told < TOGETHER and await listener.wait(LOOK_SECONDS) is not None:
                    await self._clock.sleep(GATHER_SECONDS)
                    while await listener.wait(0) is not None:
                        pass

    async def tell(self) -> int:
        """Tell what is untold, at most one call's worth; give how much that was.

        Raises:
            ApiUnavailable: the case service did not answer; all of it stays to be told.
            ApiProblem: it refused.
        """
        found = await self._database.read(outgoing.unreported, TOGETHER)
        if not found:
            return 0
        await self._report(DeliveryReports(items=tuple(_report(one) for one in found)))
        await self._database.run(outgoing.reported, found)
        return len(found)


def _report(one: Unreported) -> DeliveryReport:
    return DeliveryReport.model_validate(
        {"event": one.event_key, "outcome": _OUTCOMES[one.status], "reason": one.reason or None}
    )
