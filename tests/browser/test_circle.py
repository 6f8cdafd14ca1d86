"""The whole circle in a real Chromium: citizen, unit and leader, each on their own page.

Words become a case; the unit signs, tells and replies in the console; each step comes to the
citizen's page by itself; the survey asks, and its answer closes the case or sends it back.
"""

from contextlib import AsyncExitStack

import pytest
from console_pages import NUMBER, make, say, sign_in, unfold
from playwright.async_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
]

DESKTOP = {"width": 1280, "height": 860}


async def file_a_matter(page: Page) -> str:
    """Complain about stalls at the Confucius Temple; give the case's number."""
    await say(page, "我要投诉，秦淮区夫子庙街道贡院西街18号门口天天有小贩占道经营，路都走不了")
    await page.get_by_role("button", name="不留电话", disabled=False).last.click()
    await page.get_by_role("button", name="确认提交").click()
    receipt = page.locator(".receipt")
    await expect(receipt).to_contain_text("夫子庙街道")
    found = NUMBER.search(await receipt.inner_text())
    assert found is not None
    return found.group()


async def reply(page: Page, solved: str, answer: str, why_not: str = "") -> None:
    """Answer the case as its unit."""
    await unfold(page, "reply")
    form = page.locator("form.move.reply")
    for name, value in (("claim_true", "yes"), ("contacted", "no"), ("solved", solved)):
        await form.locator(f"input[name={name}][value={value}]").check()
    await page.locator("#reply-answer").fill(answer)
    if why_not:
        await page.locator("#reply-why_not").fill(why_not)
    await make(page, "reply")


async def heard(page: Page, words: str) -> None:
    """Wait until the citizen's page shows `words`, said by the other side."""
    messages = page.locator(".said.agent").filter(has_text=words)
    await expect(messages.last).to_be_visible()


async def choose(page: Page, tap: str) -> None:
    """Tap a button of the last question, and wait for what comes of it."""
    answers = page.locator(".said.agent")
    button = page.locator(".choices").last.get_by_role(
        "button", name=tap, exact=True, disabled=False
    )
    await expect(button).to_be_visible()
    before = await answers.count()
    await button.click()
    await expect(answers.nth(before)).to_be_visible()


async def test_from_words_to_a_rating_and_back_once(visiting, city: str, picture):
    async with AsyncExitStack() as pages:
        citizen = await pages.enter_async_context(visiting(f"{city}/", viewport=DESKTOP))
        number = await file_a_matter(citizen)
        unit = await pages.enter_async_context(
            visiting(f"{city}/console/cases/{number}", viewport=DESKTOP)
        )
        await sign_in(unit, "street")
        await make(unit, "sign_in")
        await expect(unit.locator("h1 .state")).to_have_text("办理中")
        await unfold(unit, "progress")
        await unit.locator("#progress-note").fill("城管队员今晚到现场劝离")
        await make(unit, "progress")
        await heard(citizen, "城管队员今晚到现场劝离")

        await reply(unit, "no", "已劝离一次", "摊贩还会回来")
        await heard(citizen, "已劝离一次")
        await heard(citizen, "有人联系过您吗")
        await picture(citizen, "survey")
        for tap in ("没人联系", "没解决", "不满意", "没有办", "可以"):
            await choose(citizen, tap)
        await heard(citizen, "已退回重办")
        await expect(unit.locator("h1 .state")).to_have_text("重办")

        await reply(unit, "yes", "每晚七点到十点有人值守，已三天没有摊贩")
        await heard(citizen, "已三天没有摊贩")
        for tap in ("联系过", "解决了", "满意"):
            await choose(citizen, tap)
        await heard(citizen, "评价收齐了")
        await expect(unit.locator("h1 .state")).to_have_text("办结")


async def test_a_leader_answers_live_and_the_citizen_says_that_it_is_solved(
    visiting, city: str, picture
):
    async with AsyncExitStack() as pages:
        leader = await pages.enter_async_context(visiting(f"{city}/console/desk", viewport=DESKTOP))
        await sign_in(leader, "leader")
        await leader.locator("#session-title_zh").fill("副局长")
        await leader.locator("#session-title_en").fill("Deputy director")
        await leader.locator("#session-scope_zh").fill("物业、电梯")
        await leader.locator("#session-scope_en").fill("Property, lifts")
        await leader.get_by_role("button", name="开始值守").click()
        await expect(leader.locator(".queue-pane")).to_be_visible()

        citizen = await pages.enter_async_context(visiting(f"{city}/", viewport=DESKTOP))
        await say(citizen, "我想找值班领导")
        await say(citizen, "我们小区电梯一个月坏了四次")
        await leader.locator(".talks a").first.click()
        await leader.get_by_role("button", name="接待", exact=True).click()
        await expect(leader.locator("#answer")).to_be_focused()
        await leader.keyboard.type("您好，是哪个小区？")
        await leader.keyboard.press("Enter")
        await heard(citizen, "是哪个小区")
        await picture(citizen, "live")
        await citizen.get_by_role("textbox").fill("夫子庙小区3幢")
        await citizen.keyboard.press("Enter")
        await expect(leader.locator(".said.citizen").last).to_contain_text("3幢")

        await leader.get_by_role("button", name="在线解决，请市民确认").click()
        solved = citizen.get_by_role("button", name="解决了", disabled=False).last
        await solved.click()
        await expect(citizen.locator(".said.agent").last).to_be_visible()
        await leader.get_by_role("link", name="值守台").click()
