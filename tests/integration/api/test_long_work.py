"""Long work of the case service stays out of the event loop on SQLite."""

import asyncio
import time
from collections.abc import Awaitable

CASES = 60
TRIES = 3
"""Of some tries the best counts."""


class Pulse:
    """Measures the longest processor time of this process in which the loop ran nothing else."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def beat(self) -> None:
        last = time.process_time()
        while True:
            await asyncio.sleep(0)
            now = time.process_time()
            self.longest, last = max(self.longest, now - last), now


async def share_held(work: Awaitable[object]) -> float:
    """Give the share of the processor time of `work` in which the loop was held at one stretch."""
    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat())
    began = time.process_time()
    await work
    took = time.process_time() - began
    beating.cancel()
    return pulse.longest / took


async def many_cases(service, point: str) -> None:
    for n in range(CASES):
        case = await service.open(f"{point}-{n}", contact_point=point)
        await service.client.withdraw(case.number, point, idempotency_key=f"{point}-w{n}")


async def test_the_erasure_of_many_cases_does_not_hold_the_loop(on_sqlite):
    shares = []
    for n in range(TRIES):
        await many_cases(on_sqlite, f"cnv_{n}")
        shares.append(await share_held(on_sqlite.client.erase_citizen(f"cnv_{n}")))
    assert min(shares) < 0.5


async def test_the_export_of_many_cases_does_not_hold_the_loop(on_sqlite):
    await many_cases(on_sqlite, "cnv_1")
    ticket = (await on_sqlite.client.export_ticket("cnv_1", "web")).ticket
    shares = [await share_held(on_sqlite.client.redeem_export(ticket)) for _ in range(TRIES)]
    assert min(shares) < 0.5
