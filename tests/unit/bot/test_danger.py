"""Danger is looked for in long texts, too, and nobody waits for that but their sender."""

import asyncio
import threading

from bot import limits
from bot.inbound.danger import LETTER, DangerDetector
from nlu.danger.emergency import detect

FIRE = "我家着火了，快来人！"


async def test_the_loop_goes_on_while_danger_is_looked_for_in_a_long_text():
    released = threading.Event()

    def slow(text):
        assert released.wait(5), "the loop waits for the rules"
        return detect(text)

    found = asyncio.create_task(DangerDetector(slow).beside(FIRE * LETTER))
    await asyncio.sleep(0)
    assert not found.done()
    released.set()
    assert (await found).kind == "fire"


async def test_a_short_text_is_read_at_once():
    found = asyncio.create_task(DangerDetector(detect).beside(FIRE))
    await asyncio.sleep(0)
    assert found.done()
    assert found.result().kind == "fire"


async def test_rules_that_fail_find_nothing_and_read_no_more_than_is_handled():
    lengths = []

    def broken(text):
        lengths.append(len(text))
        raise ValueError

    for text in (FIRE, "长" * limits.HANDLED * 2):
        assert await DangerDetector(broken).beside(text) is None
    assert lengths == [len(FIRE), limits.HANDLED]
