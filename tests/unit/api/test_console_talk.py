"""The talk on the desk, when several things ask for it to be shown at the same time."""

import asyncio
from types import SimpleNamespace

import pytest
from nicegui import Client, ui
from nicegui.page import page

from api.console.texts import ConsoleTexts
from api.contract.live import LeaderOut, LineOut, TalkOut, Transcript
from api.live.pages.talk import TalkPane
from api.people.rules.actor import Role
from api.people.rules.staff import Staff
from kernel.clock import ManualClock

WORDS = {"tlk_lift": ["电梯坏了四次", "老人下不了楼"], "tlk_fund": ["维修资金怎么申请"]}


class Store:
    """Answers each read when it is told to, oldest first."""

    def __init__(self, clock):
        self._clock = clock
        self.waiting = []

    async def read(self, _function, _desk, _actor, id_, *, after):
        go_on = asyncio.Event()
        self.waiting.append(go_on)
        await go_on.wait()
        names = {"zh": "副局长", "en": "Deputy"}
        talk = TalkOut(
            id=id_, session="ses_1", leader=LeaderOut(name="周明远", title=names),
            contact_point="cnt_1", channel="web", language="zh", state="live", fence=1,
            asked_at=self._clock.now(),
        )  # fmt: skip
        lines = tuple(
            LineOut(seq=seq, at=self._clock.now(), by="citizen", text=text)
            for seq, text in enumerate(WORDS[id_], 1)
        )
        return Transcript(talk=talk, lines=lines[after:])

    async def answer(self):
        """Answer what waits, and what asks after it, until nobody asks any more."""
        for _ in range(10):
            while self.waiting:
                self.waiting.pop(0).set()
                await asyncio.sleep(0)
            await asyncio.sleep(0)


@pytest.fixture
def store():
    return Store(ManualClock())


@pytest.fixture
def client():
    client = Client(page("/talk"), request=None)
    client.run_javascript = lambda _: None
    with client:
        yield client


@pytest.fixture
def pane(client, store):
    texts = ConsoleTexts.load()
    desk = SimpleNamespace(clock=ManualClock())

    async def actor():
        return None

    visit = SimpleNamespace(
        context=SimpleNamespace(desk=desk, database=store, texts=texts),
        client=client,
        language="zh",
        actor=actor,
        say=lambda key, **parameters: texts.words(key, "zh", **parameters),
    )
    staff = Staff(id="stf_1", login="c", name="沈静", role=Role.CLERK, unit=None, active=True)
    return TalkPane(visit, staff, actor)


def shown(client):
    """Give what stands in the log."""
    return "".join(
        element.content for element in client.elements.values() if isinstance(element, ui.html)
    )


async def test_lines_that_two_looks_read_at_once_are_shown_once(pane, client, store):
    looks = [asyncio.create_task(pane.show("tlk_lift")) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await store.answer()
    await asyncio.gather(*looks)
    assert [shown(client).count(words) for words in WORDS["tlk_lift"]] == [1, 1]


async def test_lines_of_a_talk_that_was_left_meanwhile_are_not_shown_in_the_next(
    pane, client, store
):
    looks = [asyncio.create_task(pane.show(id_)) for id_ in ("tlk_lift", "tlk_fund")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await store.answer()
    await asyncio.gather(*looks)
    assert WORDS["tlk_fund"][0] in shown(client)
    assert WORDS["tlk_lift"][0] not in shown(client)
