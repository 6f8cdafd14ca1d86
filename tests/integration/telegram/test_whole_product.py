"""The whole product as `make run` starts it, connected to the simulated Telegram."""

import re
from contextlib import AsyncExitStack

import httpx
import pytest
from scraping import TOKEN as METRICS_TOKEN
from scraping import Scraped, bearer
from telegrams import SECRET

from bench.citizens import CONVERSATION
from bench.servers import Server, free_port
from kernel.clock import SystemClock
from kernel.ids import RandomIds
from tools.telegram_sim.server import Simulator, serving

pytestmark = [pytest.mark.slow]

USER = 4242
OTHER = 4243
TOKEN = "123456789:AAthis-token-is-a-secret-of-the-city"


@pytest.fixture(params=["polling", "webhook"])
async def product(request, tmp_path):
    sim = Simulator.make(clock=SystemClock(), ids=RandomIds(), token=TOKEN)
    port = free_port()
    log = tmp_path / "log"
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(serving(sim))
        env = {
            "SOLVEFIRST_VAR": str(tmp_path / "var"),
            "SOLVEFIRST_DEMO": "1",
            "SOLVEFIRST_LOG_LEVEL": "debug",
            "SOLVEFIRST_METRICS_TOKEN": METRICS_TOKEN,
            "SOLVEFIRST_TELEGRAM_TOKEN": TOKEN,
            "SOLVEFIRST_TELEGRAM_API_URL": base,
        }
        if request.param == "webhook":
            env["SOLVEFIRST_TELEGRAM_WEBHOOK_URL"] = f"http://127.0.0.1:{port}"
            env["SOLVEFIRST_TELEGRAM_SECRET"] = SECRET
        server = await Server.start(
            ("-m", "solvefirst", "serve", "--port", str(port)),
            port,
            ready="/health/ready",
            env=env,
            log=log,
        )
        stack.callback(server.stop)
        yield sim, log, port


async def test_words_in_telegram_become_a_case_and_no_log_or_metric_tells_of_them(product):
    sim, log, port = product
    for words in CONVERSATION:
        before = len(sim.citizens.shown(USER))
        sim.citizens.say(USER, words)
        await sim.world.until(lambda before=before: len(sim.citizens.shown(USER)) > before, 60)
    await sim.world.until(
        lambda: any(
            re.search(r"\d{8}-?\d{4,}", item.text) for item in sim.citizens.shown(USER)[-3:]
        ),
        60,
    )
    sim.citizens.say(USER, "/progress")
    count = len(sim.citizens.shown(USER))
    await sim.world.until(lambda: len(sim.citizens.shown(USER)) > count, 60)
    written = " ".join(item.text for item in sim.citizens.shown(USER))
    number = re.search(r"\d{8}-\d{6}-\d", written)[0]
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", written)[0]

    def shown() -> list[str]:
        return [item.text for item in sim.citizens.shown(OTHER)]

    sim.citizens.say(OTHER, f"/start {number}_0000-0000-0000")
    await sim.world.until(lambda: len(shown()) >= 2, 60)  # the answer, and the notice
    assert "路灯" not in " ".join(shown()), "a forged link opens nothing"
    sim.citizens.say(OTHER, f"/start {number}_{code}")
    await sim.world.until(lambda: len(shown()) >= 3, 60)
    assert f"{number}（" in shown()[-1]
    assert "路灯" in shown()[-1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        assert (await http.get("/metrics")).status_code == 401
        metrics = (await http.get("/metrics", headers=bearer(METRICS_TOKEN))).text
    sent = {"channel": "telegram", "kind": "reply", "outcome": "sent"}
    assert Scraped(metrics).value("solvefirst_sendings_total", **sent) >= len(
        sim.citizens.shown(USER)
    )
    for mark in (str(USER), str(OTHER), number, code, TOKEN, "路灯"):
        assert mark not in re.sub(r"[0-9.]+(e[+-][0-9]+)?$", "", metrics, flags=re.MULTILINE)
    text = log.read_text()
    assert METRICS_TOKEN not in text
    assert "telegram_ready" in text
    assert "secret-of-the-city" not in text
    assert SECRET not in text
