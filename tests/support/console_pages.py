"""What tests of pages do on them: sign in, open a move's form and send it, look for barriers."""

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

NUMBER = re.compile(r"\d{8}-\d{6}-\d")
PASSWORD = "solve-it-first"
SOON = 30_000
"""Milliseconds for all that is expected of a page, on a machine that is busy."""


async def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """Fill in the sign-in page, as one of the demo accounts."""
    await page.locator("#login").fill(login)
    await page.locator("#password").fill(password)
    await page.locator("form .primary").click()


async def no_barrier(page: Page) -> None:
    """Check the page for what keeps people with a disability out."""
    found = (await Axe().run(page)).response["violations"]
    assert [(item["id"], [node["html"] for node in item["nodes"]]) for item in found] == []


async def unfold(page: Page, move: str) -> None:
    """Open a move's form, if it is not open."""
    form = page.locator(f"form.move.{move}")
    await expect(form).to_have_count(1)
    if not await form.is_visible():
        await page.locator(f"summary[data-key='move {move}']").click()


async def make(page: Page, move: str) -> None:
    """Open a move's form, if it is not open, and send it."""
    await unfold(page, move)
    await page.locator(f"form.move.{move} button[type=submit]").click()


async def say(page: Page, words: str) -> None:
    """Type into the chat and send, and wait until an answer is there."""
    answers = page.locator(".said.agent")
    before = await answers.count()
    await page.get_by_role("textbox").fill(words)
    await page.keyboard.press("Enter")
    await expect(answers.nth(before)).to_be_visible()
