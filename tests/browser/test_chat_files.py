"""Photos in the web chat, as a citizen sends them: chosen, pasted, taken away, shown again."""

import asyncio
import base64

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, WebSocketRoute, expect
from some_files import photo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
]

PHONE = {"width": 390, "height": 844}


def red(name="现场.jpg", size=(1200, 900)):
    return {"name": name, "mimeType": "image/jpeg", "buffer": photo(size=size)}


async def choose(page: Page, *files) -> None:
    await page.set_input_files("#file", list(files))


async def send(page: Page, words: str = "") -> None:
    """Send and wait until the answer is there."""
    answers = page.locator(".said.agent")
    before = await answers.count()
    await page.get_by_role("textbox").fill(words)
    await page.locator("#send").click()
    await expect(answers.nth(before)).to_be_visible()


async def is_drawn(picture) -> bool:
    return await picture.evaluate("one => one.complete && one.naturalWidth > 0")


async def test_a_photo_is_chosen_sent_and_there_again_after_a_reload(visiting, city, picture):
    async with visiting(f"{city}/", viewport=PHONE) as page:
        await choose(page, red())
        await expect(page.locator(".chip img")).to_have_count(1)
        await send(page, "小区门口的井盖没了，很危险")
        await expect(page.locator(".chip")).to_have_count(0)
        shown = page.locator(".said.you .pictures img")
        await expect(shown).to_have_count(1)
        await picture(page, "chat-photo")
        assert not (await Axe().run(page)).response["violations"]
        await page.reload()
        await expect(shown).to_have_count(1)
        assert await is_drawn(shown)


async def test_a_photo_chosen_before_the_line_is_open_is_sent_when_it_is(visiting, city):
    async with visiting(f"{city}/") as page:
        may_open = asyncio.Event()

        async def hold(socket: WebSocketRoute) -> None:
            await may_open.wait()
            socket.connect_to_server()

        await page.route_web_socket("**/chat/socket", hold)
        await page.evaluate("localStorage.clear()")
        await page.reload()
        await choose(page, red())
        await expect(page.locator(".chip img")).to_have_count(1)
        may_open.set()
        await send(page, "小区门口的井盖没了，很危险")
        await expect(page.locator(".said.you .pictures img")).to_have_count(1)


async def test_a_photo_chosen_while_the_line_is_down_is_sent_when_it_is_back(visiting, city):
    async with visiting(f"{city}/") as page:
        await expect(page.locator("body[data-line=open]")).to_be_visible()
        await page.context.set_offline(True)
        await expect(page.locator("body[data-line=down]")).to_be_visible()
        await choose(page, red())
        await page.context.set_offline(False)
        await send(page, "小区门口的井盖没了，很危险")
        await expect(page.locator(".said.you .pictures img")).to_have_count(1)


async def test_a_photo_is_pasted_and_taken_away_again(visiting, city):
    async with visiting(f"{city}/") as page:
        await page.evaluate(
            """data => {
                const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
                const carried = new DataTransfer();
                carried.items.add(new File([bytes], "a.jpg", { type: "image/jpeg" }));
                document.getElementById("say").dispatchEvent(
                    new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
            }""",
            base64.b64encode(photo()).decode(),
        )
        await expect(page.locator(".chip img")).to_have_count(1)
        await page.locator(".chip .away").click()
        await expect(page.locator(".chip")).to_have_count(0)
        await expect(page.get_by_role("textbox")).to_be_focused()


async def test_photos_without_a_word_are_acknowledged(visiting, city):
    async with visiting(f"{city}/") as page:
        await choose(page, red("a.jpg"), red("b.jpg"))
        await send(page)
        await expect(page.locator(".said.you .pictures img")).to_have_count(2)
        await expect(page.locator(".said.agent").last).to_contain_text("照片已收到")


async def test_what_is_not_taken_says_why_and_the_rest_is_sent(visiting, city):
    async with visiting(f"{city}/", refused=415) as page:
        program = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"MZ no picture at all"}
        await choose(page, program, red())
        await expect(page.locator(".chip.failed")).to_contain_text("收不了")
        await send(page, "路灯坏了")
        await expect(page.locator(".said.you .pictures img")).to_have_count(1)
        await expect(page.locator(".chip")).to_have_count(1)


async def test_being_forgotten_clears_the_page_and_export_is_a_link(visiting, city):
    async with visiting(f"{city}/") as page:
        await send(page, "隐私")
        await page.get_by_role("button", name="导出我的资料").click()
        link = page.locator("a.download")
        await expect(link).to_be_visible()
        async with page.expect_download() as download:
            await link.click()
        assert (await download.value).suggested_filename == "solvefirst-export.zip"
        await send(page, "隐私")
        # The answer is two messages; before the second only a spent button has that name.
        await page.get_by_role("button", name="删除我的资料", disabled=False).last.click()
        await page.get_by_role("button", name="确认删除", disabled=False).last.click()
        await expect(page.locator(".said.agent").last).to_contain_text("已经删除")
        await expect(page.locator(".said")).to_have_count(1)
