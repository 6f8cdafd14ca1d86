"""Hostile messages of strangers do not keep a cry of fire waiting: the whole product, over HTTP."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from bench.citizens import PATH
from bench.servers import served

FIRE = "我家着火了，快来人！"
ORDINARY = "中山路的路灯坏了三天了，晚上一片漆黑，请尽快派人来修。" * 400
HOSTILE = (
    "1" * 8_000,
    "1" * 4_000,
    "随时" + "就要" * 4_000 + "塌",
    "几十" * 4_000,
    "妹妹" * 4_000,
    "墙砖" * 4_000,
    " " * 8_000 + "火",
    "到" * 8_000,
)
"""What held the loop up for about a second each, before patterns were made linear."""


@pytest.mark.slow
async def test_a_cry_of_fire_is_answered_at_once_while_strangers_send_hostile_texts(tmp_path: Path):
    async with (
        served(tmp_path) as server,
        httpx.AsyncClient(base_url=server.base, timeout=60) as client,
    ):

        async def say(sender: str, words: str) -> tuple[float, str]:
            begun = time.monotonic()
            reply = await client.post(PATH, json={"sender": sender, "message": words})
            return time.monotonic() - begun, reply.text

        async def cry(kind: str, texts: Sequence[str]) -> tuple[float, int]:
            """Give the seconds, and the answers to `texts`, until a cry among them is answered."""
            others = [
                asyncio.create_task(say(f"{kind}-{number}", words))
                for number, words in enumerate(texts)
            ]
            await asyncio.sleep(0.01)  # they are on their way
            seconds, answer = await say(f"{kind}-in-danger", FIRE)
            assert "119" in answer
            before = sum(other.done() for other in others)
            for _, text in await asyncio.gather(*others):
                assert text.startswith("["), "they are answered, too"
            return seconds, before

        long = [ORDINARY[: len(item)] for item in HOSTILE]
        await cry("warm", long)  # what is made when it is first needed is made
        ordinary, before_ordinary = await cry("ordinary", long)
        hostile, before_hostile = await cry("hostile", HOSTILE)
    # Long messages are read beside the event loop. Before, all eight were answered first.
    assert before_ordinary <= len(long) / 2
    assert before_hostile <= len(long) / 2
    # It was 7.1 s. Long messages cost what they cost; hostile ones must not cost far more.
    assert hostile < 0.5 + 4 * ordinary, f"{hostile:.2f} s, among ordinary ones {ordinary:.2f} s"
