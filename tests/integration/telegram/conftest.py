import pytest
from citizens import ScriptedEngine, town
from telegrams import connected

from bot.outbound.rates import RateGate
from kernel.clock import SystemClock


def fast() -> RateGate:
    """No test waits for Telegram's rates, but those of the rates."""
    return RateGate(SystemClock(), total=1000, chat=1000)


@pytest.fixture
def engine():
    return ScriptedEngine()


@pytest.fixture
async def place(sqlite_url, ids):
    async with town(sqlite_url, SystemClock(), ids) as place:
        yield place


@pytest.fixture(params=["polling", "webhook"])
async def line(request, place, engine):
    async with connected(
        lambda options: place.bot(engine, telegram=options, gate=fast()),
        webhook=request.param == "webhook",
    ) as line:
        yield line


@pytest.fixture
async def polled(place, engine):
    async with connected(
        lambda options: place.bot(engine, telegram=options, gate=fast()), webhook=False
    ) as line:
        yield line


@pytest.fixture
async def posted(place, engine):
    async with connected(
        lambda options: place.bot(engine, telegram=options, gate=fast()), webhook=True
    ) as line:
        yield line
