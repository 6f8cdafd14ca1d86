"""A hard matter from the first words to the last rating, in a real Chromium.

A detail is missing; the unit returns the case twice; the units assess it together; a ruling binds;
a helper does its part; the citizen is let down twice, the case is supervised, and ends well.
"""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from console_pages import NUMBER, no_barrier, say, sign_in, unfold
from playwright.async_api import Page, expect

from kernel.clock import SHANGHAI

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
]

DESKTOP = {"width": 1280, "height": 860}
STREET = "S320104002"
HELPER = "LABOUR"


class Citizen:
    """The page of somebody who writes."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def say(self, words: str) -> None:
        """Type and send, and wait until an answer is there."""
        await say(self.page, words)

    async def hears(self, words: str) -> None:
        """Wait until the page shows `words`, said by the other side."""
        messages = self.page.locator(".said.agent").filter(has_text=words)
        await expect(messages.last).to_be_visible()

    async def taps(self, *names: str) -> None:
        """Answer questions one after another, each once it is there."""
        for name in names:
            answers = self.page.locator(".said.agent")
            button = self.page.locator(".choices").last.get_by_role(
                "button", name=name, exact=True, disabled=False
            )
            await expect(button).to_be_visible()
            before = await answers.count()
            await button.click()
            await expect(answers.nth(before)).to_be_visible()


class Staff:
    """The page of a case, as one of the staff has it open."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def stands(self, state: str) -> None:
        """Wait until the case stands in `state`."""
        await expect(self.page.locator("h1 .state").first).to_have_text(state)

    async def make(self, move: str, notice: str = "已完成", **fields: str) -> None:
        """Fill in the form of a move and send it; wait until the page says what came of it."""
        form = self.page.locator(f"form.move.{move}")
        await unfold(self.page, move)
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
        await expect(self.page.locator("#tell")).to_contain_text(notice)


def until(days: int) -> str:
    """A moment as a form takes it, in the city's time."""
    later = datetime.now(UTC) + timedelta(days=days)
    return later.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


async def can_be_looked_after(page: Page, city: str, number: str) -> None:
    """Look at the pages of supervision, by day, at night and on a phone."""
    await page.goto(f"{city}/console/supervision")
    row = page.get_by_role("row").filter(has_text=number).filter(has_text="督办")
    await expect(row.first).to_be_visible()
    await no_barrier(page)
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 390, "height": 844})
    for view, result in (
        ("steps", number),
        ("candidates", number),
        ("poor", number),
        ("units", "夫子庙街道办事处"),
        ("exemplary&until=2001-01-31", "没有可通报的"),
    ):
        await page.goto(f"{city}/console/supervision?view={view}")
        await expect(page.locator("#page")).to_contain_text(result)
        await no_barrier(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(DESKTOP)
    await page.goto(f"{city}/console/supervision")
    await page.locator("[data-key='mark supervised']").click()
    await expect(page.get_by_role("row").filter(has_text=number)).to_be_visible()


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
        await expect(receipt).to_contain_text("夫子庙街道")
        found = NUMBER.search(await receipt.inner_text())
        assert found is not None
        number = found.group()

        async def staff(login: str) -> Staff:
            page = await pages.enter_async_context(
                visiting(f"{city}/console/cases/{number}", viewport=DESKTOP)
            )
            await sign_in(page, login)
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
        office = await staff("supervisor")
        await office.page.goto(f"{city}/console/together")
        held = office.page.locator(".joint li").filter(has_text=number)
        await expect(held).to_contain_text("已收到 1 家中 1 家的意见")
        await expect(held).to_contain_text("白天归我们，夜里需要协同")
        await held.get_by_role("link", name="裁定").click()
        await expect(office.page.locator("form.move.rule")).to_be_visible()
        await no_barrier(office.page)
        await picture(office.page, "console-together")
        await office.make(
            "rule", principle="in_charge", lead=STREET, reason="属地先解决，夜间由部门协同"
        )
        await expect(held.get_by_role("link", name="裁定")).to_have_count(0)
        await street.stands("待签收")
        await picture(street.page, "console-ruled")
        await expect(street.page.locator("form.move.return")).to_have_count(0)

        await clerk.stands("待签收")  # its page follows the ruling, which folds an open form
        await clerk.make("add_helper", unit=HELPER, until=until(2), what="登记摊贩，介绍疏导点")
        await clerk.make(
            "meet",
            participants="街道\n景区管委会\n人社部门",
            reason="疏导点周五开张，夜间轮值",
            until=until(3),
        )
        await citizen.hears("开了协调会")
        # Drawn anew while it is clicked on, a page may lose the click, as it would a person's.
        await expect(street.page.locator("#page")).to_contain_text("夜间轮值")
        await street.make("sign_in")
        helper = await staff("department")
        await helper.page.goto(f"{city}/console/cases?part=beside")
        await expect(helper.page.get_by_role("row").filter(has_text=number)).to_contain_text("协办")
        await helper.page.goto(f"{city}/console/together")
        task = helper.page.locator(".joint li").filter(has_text="介绍疏导点")
        await task.get_by_role("link", name="反馈办理情况").click()
        await helper.make("finish_task", reason="九户已登记，六户愿去疏导点")
        # Who has done their part has no more to see of it.
        await expect(helper.page.locator(".chosen")).to_contain_text("已不归您查看")
        await expect(helper.page.locator(".nothing")).to_contain_text("没有待办的会商和协办")

        answer = {"claim_true": "yes", "contacted": "no", "answer": "已劝离，仍有反复"}
        await street.make("reply", **answer, solved="no", why_not="夜间摊贩会回来")
        await citizen.taps("没人联系", "没解决", "不满意", "没有办", "可以")
        await citizen.hears("已退回重办")
        await street.stands("重办")
        await street.make("reply", **answer, solved="no", why_not="夜间摊贩会回来")
        await citizen.taps("没人联系", "没解决", "不满意", "没有办", "可以")
        await expect(clerk.page.locator("#page")).to_contain_text("督办")
        await picture(clerk.page, "console-supervised")
        await can_be_looked_after(office.page, city, number)

        answer = {"claim_true": "yes", "contacted": "no", "answer": "疏导点开张，十天没有占道"}
        await street.make("reply", **answer, solved="yes")
        await citizen.taps("联系过", "解决了", "满意")
        await citizen.hears("评价收齐了")
        await clerk.stands("办结")
