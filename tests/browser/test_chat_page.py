"""The web chat in a real browser: by mouse, keyboard and touch, with the line cut and without."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from citizens import TEXTS, Gate, receipt_card
from playwright.async_api import Page, expect

from bot.dialogue.engine.port import Outcome
from bot.message import Button, Reply

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}


async def write(page: Page, words: str) -> None:
    await page.get_by_role("textbox").fill(words)
    await page.get_by_role("textbox").press("Enter")


def bubbles(page: Page):
    return page.locator(".said .words")


async def settled(page: Page) -> None:
    """Wait for the animations: a colour that is still fading in has no contrast yet."""
    await page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")


async def no_violations(page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce")
    results = await Axe().run(
        page,
        options={
            "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        },
    )
    assert results.violations_count == 0, results.generate_report()


async def test_words_are_answered_and_the_box_is_ready_for_the_next(opened):
    async with opened() as page:
        await write(page, "路灯坏了")
        await expect(bubbles(page)).to_have_text(["路灯坏了", "1: 路灯坏了"])
        await expect(page.get_by_role("textbox")).to_be_focused()
        await expect(page.get_by_role("textbox")).to_have_value("")
        await expect(page.locator("#welcome")).to_be_hidden()


async def test_a_button_is_tapped_once_and_shows_what_was_chosen(opened, served):
    served.engine.answer = receipt_card
    async with opened() as page:
        await write(page, "好")
        await page.get_by_role("button", name="没有了").click()
        await expect(page.get_by_role("button", name="没有了").first).to_be_disabled()
        await expect(page.locator(".you .words")).to_have_text(["好", "没有了"])
        await expect(page.locator(".agent")).to_have_count(2)
        assert served.engine.turns[-1].text == "/deny"
        await expect(page.locator(".chosen")).to_have_text("没有了")


async def test_the_receipt_shows_number_and_unit_as_a_slip(opened, served):
    served.engine.answer = receipt_card
    async with opened() as page:
        await write(page, "好")
        slip = page.locator(".receipt")
        await expect(slip.get_by_role("heading")).to_have_text("受理回执")
        await expect(slip).to_contain_text("20260302-0001")
        await expect(slip).to_contain_text("秦淮区城管局")


async def test_a_reload_brings_the_conversation_back_without_doubles(opened):
    async with opened() as page:
        for number, words in enumerate(("一", "二"), start=1):
            await write(page, words)
            await expect(bubbles(page)).to_have_count(2 * number)
        said = ["一", "1: 一", "二", "2: 二"]
        await page.reload()
        await expect(bubbles(page)).to_have_text(said)
        await write(page, "三")
        await expect(bubbles(page)).to_have_text([*said, "三", "3: 三"])


async def test_what_is_written_without_a_line_is_sent_when_it_is_back(opened, served):
    async with opened() as page:
        await write(page, "一")
        await expect(bubbles(page)).to_have_count(2)
        await page.context.set_offline(True)
        await expect(page.get_by_role("status")).to_have_text(TEXTS.words("page_offline", "zh"))
        await write(page, "二")
        await write(page, "三")
        await expect(page.locator(".queued")).to_have_count(2)
        served.engine.answer = gate = Gate(served.engine)
        await page.context.set_offline(False)
        await expect(page.locator(".queued")).to_have_count(0)
        gate.open.set()  # not before both have come, or the second is answered ahead of the third
        await expect(bubbles(page)).to_have_text(["一", "1: 一", "二", "三", "2: 二", "3: 三"])
        await expect(page.get_by_role("status")).to_have_text("")
    assert [turn.text for turn in served.engine.turns] == ["一", "二", "三"]


async def test_what_was_not_sent_outlives_a_reload_and_a_server_that_was_away(opened, served):
    async with opened() as page:
        await write(page, "一")
        await expect(bubbles(page)).to_have_count(2)
        await served.stop()
        await write(page, "二")
        await expect(page.locator(".queued")).to_have_count(1)
        await served.start()
        await page.reload()
        await expect(bubbles(page)).to_have_text(["一", "1: 一", "二", "2: 二"])
    assert [turn.text for turn in served.engine.turns] == ["一", "二"]


async def test_a_page_that_stays_open_finds_a_server_that_was_restarted(opened, served):
    async with opened() as page:
        await write(page, "一")
        await expect(bubbles(page)).to_have_count(2)
        await served.stop()
        await served.start()
        await write(page, "二")
        await expect(bubbles(page)).to_have_text(["一", "1: 一", "二", "2: 二"])


async def test_while_an_answer_is_written_the_page_says_so(opened, served):
    served.engine.answer = gate = Gate(served.engine)
    async with opened() as page:
        await write(page, "一")
        await expect(page.get_by_text("正在回复")).to_be_visible()
        await expect(page.get_by_text("已收到")).to_be_visible()
        gate.open.set()
        await expect(bubbles(page)).to_have_count(2)
        await expect(page.get_by_text("正在回复")).to_be_hidden()


async def test_the_language_changes_the_page_at_once_and_the_dialogue_with_it(opened, served):
    async with opened() as page:
        await write(page, "一")
        await expect(bubbles(page)).to_have_count(2)
        await page.get_by_role("button", name="Switch to English").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Solve First")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await expect(page.get_by_role("textbox")).to_have_attribute(
            "placeholder", TEXTS.words("page_placeholder", "en")
        )
        await expect(bubbles(page)).to_have_count(3)
        assert served.engine.turns[-1].text == '/change_language{"language":"en"}'
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Solve First")
        await expect(bubbles(page)).to_have_count(3)


async def test_markup_in_words_is_shown_and_not_run(opened, served):
    hostile = '<img src=x onerror="document.title=1"><b>x</b>'

    async def echo(turn):
        return Outcome(
            (Reply(turn.text, (Button("<i>y</i>", "/y"),), image="javascript:alert(1)"),), None
        )

    served.engine.answer = echo
    async with opened() as page:
        await write(page, hostile)
        await expect(bubbles(page)).to_have_text([hostile, hostile])
        await expect(page.get_by_role("button", name="<i>y</i>")).to_be_visible()
        assert await page.locator(".log img, .log b, .log i, .picture").count() == 0
        assert await page.title() == "南京 · 先解决"


async def test_emergency_words_stand_out_and_can_be_called(opened):
    async with opened() as page:
        await write(page, "厨房着火了")
        alarm = page.locator(".alarm")
        await expect(alarm).to_contain_text("119")
        await expect(alarm.get_by_role("link", name="119")).to_have_attribute("href", "tel:119")
        strip = page.get_by_role("region", name="紧急情况请直接拨打")
        await expect(strip.get_by_role("link")).to_have_count(4)


async def test_everything_can_be_done_by_keyboard(opened, served):
    served.engine.answer = receipt_card
    async with opened() as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="跳到输入框")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("textbox")).to_be_focused()
        await page.keyboard.type("第一行")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("第二行")
        await page.keyboard.press("Enter")
        await expect(page.locator(".you .words")).to_have_text(re.compile("第一行\n第二行"))
        button = page.get_by_role("button", name="查进度")
        await expect(button).to_be_visible()
        await button.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".you .words")).to_have_count(2)
        await expect(page.get_by_role("textbox")).to_be_focused()


async def test_enter_that_picks_a_candidate_of_an_input_method_does_not_send(opened, served):
    async with opened() as page:
        await page.get_by_role("textbox").fill("ludeng")
        await page.evaluate(
            "document.getElementById('say').dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
        )
        await expect(page.get_by_role("textbox")).to_have_value("ludeng")
        await expect(page.locator(".said")).to_have_count(0)


async def test_an_example_is_put_into_the_box_to_be_changed_and_sent(opened):
    async with opened() as page:
        await page.get_by_role("button", name="公司拖欠两个月工资").click()
        await expect(page.get_by_role("textbox")).to_have_value("公司拖欠两个月工资")
        await expect(page.get_by_role("textbox")).to_be_focused()


async def test_a_second_page_shows_what_is_said_on_the_first(opened, served):
    async with opened() as page:
        await write(page, "一")
        await expect(bubbles(page)).to_have_count(2)
        other = await page.context.new_page()
        await other.goto(served.url)
        await expect(bubbles(other)).to_have_text(["一", "1: 一"])
        await write(page, "二")
        await expect(bubbles(other)).to_have_text(["一", "1: 一", "二", "2: 二"])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shape", ["desktop", "phone"])
async def test_no_barrier_is_found_from_the_first_page_to_the_receipt(
    opened, served, language, scheme, shape
):
    served.engine.answer = receipt_card
    kind = PHONE if shape == "phone" else {}
    url = f"{served.url}?lang={language}"
    async with opened(url=url, color_scheme=scheme, **kind) as page:
        await page.emulate_media(reduced_motion="reduce", color_scheme=scheme)
        await no_violations(page)
        await write(page, "厨房着火了")
        await expect(page.locator(".receipt")).to_be_visible()
        await page.context.set_offline(True)
        await write(page, "路灯")
        await expect(page.locator(".queued")).to_be_visible()
        await no_violations(page)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nothing_is_cut_off_sideways(opened, served, width, language):
    served.engine.answer = receipt_card
    url = f"{served.url}?lang={language}"
    async with opened(url=url, viewport={"width": width, "height": 800}) as page:
        await write(page, "x" * 300 + " https://example.org/" + "y" * 200)
        await expect(page.locator(".receipt")).to_be_visible()
        wide = await page.evaluate(
            "[...document.querySelectorAll('body *')].filter((one) =>"
            " !one.closest('.unseen, .skip, noscript')"
            " && getComputedStyle(one).position !== 'absolute'"
            " && one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML)"
        )
        assert wide == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_page_works_where_the_browser_keeps_nothing(opened):
    async with opened() as page:
        await page.add_init_script(
            "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
        )
        await page.reload()
        await write(page, "一")
        await expect(bubbles(page)).to_have_text(["一", "1: 一"])
