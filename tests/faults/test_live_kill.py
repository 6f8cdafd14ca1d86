"""Processes are killed -9 in the middle of a live talk: the citizen has words, nothing is lost.

The case service with its console, the citizen's side and the jobs are processes of their own, on
one PostgreSQL; the last test kills the one process that is everything. After each kill it is
started again on what is in the tables.
"""

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from citizens import TEXTS
from live_talk import Leader, Page, leader_token, nothing_in_hand

from bench.servers import Server, answers, free_port

pytestmark = [pytest.mark.slow]

LEADER = "我要找值班领导"
JOINED = "江小舟来了"
NEXT = TEXTS.words("live_place_next", "zh", place=1, ahead=0)


def words(key: str, **parameters: object) -> str:
    return TEXTS.words(key, "zh", **parameters)


@dataclass
class House:
    """The parts of the product as processes, by name; each can be killed and started again."""

    env: dict[str, str]
    ports: dict[str, int]
    folder: Path
    running: dict[str, Server]

    async def start(self, *parts: str) -> None:
        for part in parts:
            only = () if part == "whole" else ("--only", part)
            self.running[part] = await Server.start(
                ("-m", "solvefirst", "serve", *only, "--port", str(self.ports[part])),
                self.ports[part],
                ready="/health/ready",
                env=self.env,
                log=self.folder / f"{part}.log",
            )

    def kill(self, *parts: str) -> None:
        for part in parts:
            self.running.pop(part).kill()

    def stop(self) -> None:
        for server in self.running.values():
            server.stop()


@pytest.fixture
async def house(
    tmp_path: Path, postgres_database_url: str, valkey_url: str
) -> AsyncIterator[House]:
    ports = {part: free_port() for part in ("api", "bot", "jobs")}
    env = {
        "SOLVEFIRST_DATABASE_URL": postgres_database_url,
        "SOLVEFIRST_REDIS_URL": valkey_url,
        "SOLVEFIRST_VAR": str(tmp_path / "var"),
        "SOLVEFIRST_SERVICE_TOKEN": "a-token-between-our-own-processes",
        "SOLVEFIRST_DEMO": "1",
        "SOLVEFIRST_LOG_LEVEL": "warning",
        "SOLVEFIRST_SWEEP": "0.3",
        "SOLVEFIRST_DESK_PATIENCE": "20",
        "SOLVEFIRST_API_URL": f"http://127.0.0.1:{ports['api']}",
        "SOLVEFIRST_BOT_URL": f"http://127.0.0.1:{ports['bot']}",
    }
    house = House(env, ports, tmp_path, {})
    try:
        await house.start("api", "bot", "jobs")
        yield house
    finally:
        house.stop()


@pytest.fixture
async def leader(house: House) -> AsyncIterator[Leader]:
    token = await leader_token(house.env["SOLVEFIRST_DATABASE_URL"])
    leader = Leader(house.ports["api"], token)
    await leader.opens()
    yield leader
    await leader.close()


@pytest.mark.postgres
async def test_a_kill_of_the_console_leaves_who_waits_and_who_talks_with_words(
    house: House, leader: Leader
):
    async with Page(house.ports["bot"]) as talker, Page(house.ports["bot"]) as waiter:
        await talker.say(LEADER)
        seat = await leader.takes()
        await talker.hears(JOINED)
        await waiter.say(LEADER)
        await waiter.until(lambda: len(waiter.lines_shown()) >= 1)

        house.kill("api")
        await waiter.hears(words("live_away_waiting"))
        await talker.hears(words("live_away_live"))
        await talker.say("路灯坏了三天")
        await talker.hears(words("live_kept"))

        await house.start("api")
        await waiter.hears(f"{words('live_back')}\n{NEXT}")
        await talker.hears(words("live_back_live", name="江小舟"))
        await leader.reads(seat, "路灯坏了三天")
        await leader.says(seat, "今晚修好")
        await talker.hears("江小舟：今晚修好")
        await leader.takes()
        await waiter.hears(JOINED)
        assert await answers(house.ports["api"], "/console/sign-in")

        assert await leader.lines(seat, "citizen") == ["路灯坏了三天"]
        for page in (talker, waiter):
            assert len(set(page.lines_shown())) == len(page.lines_shown()), "nothing is said twice"


@pytest.mark.postgres
async def test_an_answer_that_was_accepted_before_the_kill_is_delivered_once(
    house: House, leader: Leader
):
    async with Page(house.ports["bot"]) as page:
        await page.say(LEADER)
        seat = await leader.takes()
        await page.hears(JOINED)
        await nothing_in_hand(house.env["SOLVEFIRST_DATABASE_URL"])
        house.kill("jobs")  # nobody is left to carry it
        await leader.says(seat, "今晚修好")
        house.kill("api")
        await house.start("api", "jobs")
        await page.hears("江小舟：今晚修好")
        await leader.says(seat, "明早您再看")
        await page.hears("江小舟：明早您再看")
        said = [item for item in page.lines_shown() if item.startswith("江小舟：")]
    assert said == ["江小舟：今晚修好", "江小舟：明早您再看"]


@pytest.mark.postgres
async def test_a_message_on_its_way_to_the_desk_when_it_dies_gets_there_once(
    house: House, leader: Leader
):
    async with Page(house.ports["bot"]) as page:
        await page.say(LEADER)
        seat = await leader.takes()
        await page.hears(JOINED)
        house.running["api"].process.send_signal(signal.SIGSTOP)
        await page.say("第一句")  # acknowledged by the citizen's side, and now in between
        await page.say("第二句")
        house.kill("api")
        await page.hears(words("live_kept"))
        await house.start("api")
        await leader.reads(seat, "第二句")
        assert await leader.lines(seat, "citizen") == ["第一句", "第二句"]


@pytest.mark.postgres
async def test_a_desk_that_stays_dead_hands_back_to_the_bot(house: House, leader: Leader):
    async with Page(house.ports["bot"]) as page:
        await page.say(LEADER)
        await leader.takes()
        await page.hears(JOINED)
        house.kill("api", "jobs")
        handed = await page.hears(words("live_away_handed"))
        await page.say("你好")
        await page.until(lambda: page.last > handed + 1)
        answer = page.events[page.last]
        assert answer["from"] == "agent", "the bot answers, with no case service at all"
        await house.start("api", "jobs")
        await page.hears(words("live_back_handed"))
        await page.say(LEADER)
        await leader.takes()
        await page.hears(JOINED, after=page.last)


@pytest.mark.postgres
async def test_a_kill_of_the_citizens_side_loses_no_line_of_a_talk_and_repeats_none(
    house: House, leader: Leader
):
    lines = [f"第{number}句" for number in range(10)]
    async with Page(house.ports["bot"]) as page:
        await page.say(LEADER)
        seat = await leader.takes()
        await page.hears(JOINED)
        for number, line in enumerate(lines):
            await page.say(line)
            await leader.says(seat, f"答{number}。")
            if number in (3, 7):
                house.kill("bot")
                await house.start("bot")
        await leader.reads(seat, lines[-1])
        await page.hears("答9。")
        assert await leader.lines(seat, "citizen") == lines
        said = [item for item in page.lines_shown() if item.startswith("江小舟：")]
        assert said == [f"江小舟：答{number}。" for number in range(10)]
        assert page.repeats == 0


async def test_a_kill_of_the_one_process_is_told_and_the_talk_goes_on(tmp_path: Path):
    var = tmp_path / "var"
    env = {
        "SOLVEFIRST_VAR": str(var),
        "SOLVEFIRST_DEMO": "1",
        "SOLVEFIRST_LOG_LEVEL": "warning",
        "SOLVEFIRST_SWEEP": "0.3",
    }
    house = House(env, {"whole": free_port()}, tmp_path, {})
    port = house.ports["whole"]
    async with AsyncExitStack() as stack:
        stack.callback(house.stop)
        await house.start("whole")
        leader = Leader(port, await leader_token(f"sqlite:///{var / 'solvefirst.db'}"))
        stack.push_async_callback(leader.close)
        await leader.opens()
        talker = await stack.enter_async_context(Page(port))
        waiter = await stack.enter_async_context(Page(port))
        await talker.say(LEADER)
        seat = await leader.takes()
        await talker.hears(JOINED)
        await waiter.say(LEADER)
        await waiter.until(lambda: len(waiter.lines_shown()) >= 1)
        for number in range(2):
            await leader.says(seat, f"答{number}。")
            await talker.say(f"第{number}句")
            before = talker.last
            house.kill("whole")
            await house.start("whole")
            await talker.hears(words("live_back_live", name="江小舟"), after=before)
        await waiter.hears(f"{words('live_back')}\n{NEXT}")
        await leader.reads(seat, "第1句")
        await talker.hears("答1。")
        assert await leader.lines(seat, "citizen") == ["第0句", "第1句"]
        said = [item for item in talker.lines_shown() if item.startswith("江小舟：")]
        assert said == ["江小舟：答0。", "江小舟：答1。"]
        assert talker.repeats == 0
