"""A citizen's words become a case: the whole product as `make run` serves it, in a real Chromium.

The pictures of the documents come from here: `pytest --pictures docs/pictures` keeps them.
"""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bench.servers import Server, free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
]

NUMBER = re.compile(r"\d{8}-\d{6}-\d")
PHONE = {"width": 390, "height": 844}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a server of its own."""
    folder, port = tmp_path_factory.mktemp("city"), free_port()
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
    yield f"http://127.0.0.1:{port}/"
    assert server.stop() == 0, (folder / "server.log").read_text()


async def say(page: Page, words: str) -> None:
    """Type and send, and wait until the answer is there."""
    answers = page.locator(".said.agent")
    before = await answers.count()
    await page.get_by_role("textbox").fill(words)
    await page.keyboard.press("Enter")
    await expect(answers.nth(before)).to_be_visible(timeout=10_000)


async def stands_still(page: Page) -> None:
    """Check that the log scrolls and the page around it does not."""
    taller = "document.scrollingElement.scrollHeight - document.scrollingElement.clientHeight"
    assert await page.evaluate(taller) == 0


async def test_words_become_a_case_with_a_number_and_a_named_unit(visiting, city: str, picture):
    async with visiting(city, viewport={"width": 1180, "height": 900}) as page:
        await say(page, "我要投诉，建邺区江东中路12号门口的路灯坏了三天了，晚上一片漆黑")
        await say(page, "你们会把我的电话告诉别人吗？")
        await say(page, "不对，是86号")
        await page.get_by_role("button", name="不留电话").last.click()
        await page.get_by_role("button", name="确认提交").click()
        receipt = page.locator(".receipt")
        await expect(receipt).to_be_visible(timeout=10_000)
        await expect(receipt).to_contain_text(NUMBER)
        await expect(receipt).to_contain_text("南京市城乡建设委员会")
        results = await Axe().run(page)
        assert results.response["violations"] == []
        await picture(page, "chat")

        await page.reload()
        await expect(page.locator(".receipt")).to_contain_text(NUMBER)
        await say(page, "我的事怎么样了")
        await expect(page.locator(".said.agent").last).to_contain_text(NUMBER)


async def test_the_same_in_english_on_a_phone(visiting, city: str, picture):
    async with visiting(city, viewport=PHONE, locale="en-GB", has_touch=True) as page:
        await say(page, "The street light at 12 Jiangdong Middle Road, Jianye District is broken")
        while not await page.get_by_role("button", name="Submit").count():
            await say(page, "skip")
        await page.get_by_role("button", name="Submit").last.click()
        await expect(page.locator(".receipt")).to_contain_text(NUMBER, timeout=10_000)
        await stands_still(page)
        results = await Axe().run(page)
        assert results.response["violations"] == []
        await picture(page, "chat-phone")
