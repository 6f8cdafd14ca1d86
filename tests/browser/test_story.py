"""A hard matter from the first words to the last rating, in a real Chromium.

A detail is missing; the unit returns the case twice; the units assess it together; a ruling binds;
a helper does its part; the citizen is let down twice, the case is supervised, and ends well.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bench.servers import Server, free_port
from kernel.clock import SHANGHAI

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
]

NUMBER = re.compile(r"\d{8}-\d{6}-\d")
DESKTOP = {"width": 1280, "height": 860}
SOON = 15_000
"""Milliseconds within which a push is on the page, on a machine that is busy."""
STREET = "S320104002"
HELPER = "LABOUR"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A served city of its own; demo mode asks for ratings at once instead of the next day."""
    folder, port = tmp_path_factory.mktemp("story"), free_port()
    server = await Server.start(
        ("-m", "solvefirst", "serve"),
        port,
        ready="/health/ready",
        env={
            "SOLVEFIRST_PORT": str(port),
            "SOLVEFIRST_VAR": str(folder / "var"),
            "SOLVEFIRST_DEMO": "1",
            "SOLVEFIRST_LOG_LEVEL": "warning",
        },
        log=folder / "server.log",
    )
    yield f"http://127.0.0.1:{port}"
    assert server.stop() == 0, (folder / "server.log").read_text()


class Citizen:
    """The page of somebody who writes."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def say(self, words: str) -> None:
        """Type and send, and wait until an answer is there."""
        answers = self.page.locator(".said.agent")
        before = await answers.count()
        await self.page.get_by_role("textbox").fill(words)
        await self.page.keyboard.press("Enter")
        await expect(answers.nth(before)).to_be_visible(timeout=SOON)

    async def hears(self, words: str) -> None:
        """Wait until the page shows `words`, said by the other side."""
        told = self.page.locator(".said.agent").filter(has_text=words)
        await expect(told.last).to_be_visible(timeout=SOON)

    async def taps(self, *names: str) -> None:
        """Answer questions one after another, each once it is there."""
        for name in names:
            answers = self.page.locator(".said.agent")
            button = self.page.locator(".choices").last.get_by_role("button", name=name, exact=True)
            await expect(button).to_be_visible(timeout=SOON)
            before = await answers.count()
            await button.click()
            await expect(answers.nth(before)).to_be_visible(timeout=SOON)


class Staff:
    """The page of a case, as one of the staff has it open."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def stands(self, state: str) -> None:
        """Wait until the case stands in `state`."""
        await expect(self.page.locator("h1 .state").first).to_have_text(state, timeout=SOON)

    async def make(self, move: str, told: str = "已完成", **fields: str) -> None:
        """Fill in the form of a move and send it; wait until the page says what came of it."""
        form = self.page.locator(f"form.move.{move}")
        await expect(form).to_have_count(1, timeout=SOON)
        if not await form.is_visible():
            await self.page.locator(f"summary[data-key='move {move}']").click()
        for key, value in fields.items():
            radios = form.locator(f"input[type=radio][name='{key}']")
            if await radios.count():
                await form.locator(f"input[name='{key}'][value='{value}']").check()
                continue
            field = form.locator(f"[name={key}]")
            if await field.evaluate("(one) => one.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await field.fill(value)
        await self.page.evaluate("document.getElementById('tell').textContent = ''")
        await form.locator("button[type=submit]").click()
        await expect(self.page.locator("#tell")).to_contain_text(told, timeout=SOON)


def until(days: int) -> str:
    """A moment as a form takes it, in the city's time."""
    later = datetime.now(UTC) + timedelta(days=days)
    return later.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


async def test_a_hard_matter_is_returned_ruled_on_handled_together_and_ends_well(
    visiting, city: str, picture
):
    async with AsyncExitStack() as pages:
        citizen = Citizen(await pages.enter_async_context(visiting(f"{city}/", viewport=DESKTOP)))
        await citizen.say("我要投诉，秦淮区夫子庙街道贡院西街18号门口有小贩占道经营，路都走不了")
        await citizen.say("说不清楚是什么时间")
        await citizen.taps("不留电话")
        await citizen.page.get_by_role("button", name="确认提交").click()
        receipt = citizen.page.locator(".receipt")
        await expect(receipt).to_contain_text("夫子庙街道", timeout=SOON)
        found = NUMBER.search(await receipt.inner_text())
        assert found is not None

        async def staff(login: str) -> Staff:
            page = await pages.enter_async_context(
                visiting(f"{city}/console/cases/{found.group()}", viewport=DESKTOP)
            )
            await page.locator("#login").fill(login)
            await page.locator("#password").fill("solve-it-first")
            await page.locator("form .primary").click()
            return Staff(page)

        street, clerk = await staff("street"), await staff("clerk")
        await expect(street.page.locator("#page")).to_contain_text("时间")

        await street.make("return", reason="贡院西街归景区管委会", evidence="移交清单第三条")
        await clerk.make("refuse_return", reason="清单只写了路灯，没有写摊点")
        await street.stands("待签收")
        await street.make("return", reason="夜间执法不在街道职权内", evidence="权力清单")
        await clerk.stands("会商研判")
        await citizen.hears("一起研判")
        await street.make("give_view", stand="partly", reason="白天归我们，夜里需要协同")
        await clerk.make(
            "rule", principle="in_charge", lead=STREET, reason="属地先解决，夜间由部门协同"
        )
        await street.stands("待签收")
        await picture(street.page, "console-ruled")
        await expect(street.page.locator("form.move.return")).to_have_count(0)

        await clerk.make("add_helper", unit=HELPER, until=until(2), what="登记摊贩，介绍疏导点")
        await clerk.make(
            "meet",
            participants="街道\n景区管委会\n人社部门",
            reason="疏导点周五开张，夜间轮值",
            until=until(3),
        )
        await citizen.hears("开了协调会")
        await street.make("sign_in")
        helper = await staff("department")
        # Who has done their part has no more to see of it.
        await helper.make("finish_task", told="已不归您查看", reason="九户已登记，六户愿去疏导点")

        answer = {"claim_true": "yes", "contacted": "no", "answer": "已劝离，仍有反复"}
        await street.make("reply", **answer, solved="no", why_not="夜间摊贩会回来")
        await citizen.taps("没人联系", "没解决", "不满意", "没有办", "可以")
        await citizen.hears("已退回重办")
        await street.stands("重办")
        await street.make("reply", **answer, solved="no", why_not="夜间摊贩会回来")
        await citizen.taps("没人联系", "没解决", "不满意", "没有办", "可以")
        await expect(clerk.page.locator("#page")).to_contain_text("督办", timeout=SOON)
        await picture(clerk.page, "console-supervised")

        answer = {"claim_true": "yes", "contacted": "no", "answer": "疏导点开张，十天没有占道"}
        await street.make("reply", **answer, solved="yes")
        await citizen.taps("联系过", "解决了", "满意")
        await citizen.hears("评价收齐了")
        await clerk.stands("办结")
