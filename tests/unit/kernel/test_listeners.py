import asyncio

import pytest

from kernel.bell.listeners import Mailbox
from kernel.clock import SystemClock


async def test_a_cancellation_that_meets_a_ring_is_not_lost():
    mailbox = Mailbox(SystemClock())
    waiting = asyncio.create_task(mailbox.wait(60))
    await asyncio.sleep(0)
    mailbox._put("ring")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
