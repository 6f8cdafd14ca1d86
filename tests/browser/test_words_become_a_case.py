"""A citizen's words become a case: the whole product as `make run` serves it, in a real Chromium.

The pictures of the documents come from here: `pytest --pictures docs/pictures` keeps them.
"""

import pytest
from console_pages import NUMBER, no_barrier, say
from playwright.async_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
]

PHONE = {"width": 390, "height": 844}


async def stands_still(page: Page) -> None:
    """Check that the log scrolls and the page around it does not."""
    taller = "document.scrollingElement.scrollHeight - document.scrollingElement.clientHeight"
    assert await page.evaluate(taller) == 0


async def test_words_become_a_case_with_a_number_and_a_named_unit(visiting, city: str, picture):
    async with visiting(f"{city}/", viewport={"width": 1180, "height": 900}) as page:
        await say(page, "我要投诉，建邺区江东中路12号门口的路灯坏了三天了，晚上一片漆黑")
        await say(page, "你们会把我的电话告诉别人吗？")
        await say(page, "不对，是86号")
        await page.get_by_role("button", name="不留电话", disabled=False).last.click()
        await page.get_by_role("button", name="确认提交").click()
        receipt = page.locator(".receipt")
        await expect(receipt).to_be_visible()
        await expect(receipt).to_contain_text(NUMBER)
        await expect(receipt).to_contain_text("南京市城乡建设委员会")
        await no_barrier(page)
        await picture(page, "chat")

        await page.reload()
        await expect(page.locator(".receipt")).to_contain_text(NUMBER)
        await say(page, "我的事怎么样了")
        await expect(page.locator(".said.agent").last).to_contain_text(NUMBER)


async def test_the_same_in_english_on_a_phone(visiting, city: str, picture):
    async with visiting(f"{city}/", viewport=PHONE, locale="en-GB", has_touch=True) as page:
        await say(page, "The street light at 12 Jiangdong Middle Road, Jianye District is broken")
        while not await page.get_by_role("button", name="Submit").count():
            await say(page, "skip")
        await page.get_by_role("button", name="Submit", disabled=False).last.click()
        await expect(page.locator(".receipt")).to_contain_text(NUMBER)
        await stands_still(page)
        await no_barrier(page)
        await picture(page, "chat-phone")
