"""Handle one open NiceGUI page: its events, and its refresh when data change.

A page lives longer than the request that opened it. It therefore stores only the digest of its
session and reads the account again at every event. When a session ends, the next event or refresh,
a few seconds later, sends its open pages to the sign-in page.
"""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from nicegui import Client, background_tasks, ui
from nicegui.element import Element
from starlette.requests import Request

from api.console.context import CASES_TOPIC, ROOT, ConsoleContext
from api.console.view.reader import Reader
from api.errors import Refusal, Unauthenticated
from kernel.logging import get_logger

LOOK = 5.0
"""Seconds between two refreshes of a page without a signal."""

_SILENCE = "console:silence"
"""A topic without signals."""

logger = get_logger(__name__)


class Visit(Reader):
    """One open page."""

    def __init__(self, context: ConsoleContext, request: Request, client: Client) -> None:
        super().__init__(context, request)
        self.client = client

    async def attempt(self, act: Callable[[], Awaitable[None]]) -> None:
        """Run the action of an event, and show an error if it fails.

        Every failure is shown.
        """
        try:
            await act()
        except Unauthenticated:
            self.leave()
        except Refusal as refused:
            self.tell(self.refusal(refused), alarm=True)
        except Exception:
            logger.exception("console_event_failed", page=self.path)
            self.tell(self.say("failed"), alarm=True)

    def tell(self, words: str, *, alarm: bool = False) -> None:
        """Show a message for a while, also to screen readers."""
        kind = "alarm" if alarm else "done"
        with self.client:
            ui.run_javascript(f"consoleTell({_quoted(words)}, {_quoted(kind)})")

    def leave(self) -> None:
        """Send the page to the sign-in page: its session has ended."""
        self.client.open(f"{ROOT}/sign-in?next={quote(self.address({}), safe='/')}")

    def ready(self, form: Element) -> None:
        """Enable a form again."""
        if not form.is_deleted:
            self.client.run_javascript(
                f"document.getElementById({form.html_id!r})?.removeAttribute('aria-busy')"
            )

    def follow(self, address: str) -> None:
        """Set another address of this page in the browser without a reload."""
        self.client.run_javascript(f"consoleAddress({_quoted(address)})")

    @staticmethod
    def stay(way: Element, go: Callable[[], Awaitable[None]]) -> None:
        """Follow a link inside the page; with a modifier key the browser handles it as usual."""
        way.on(
            "click",
            go,
            js_handler=(
                "(e) => { if (e.ctrlKey || e.metaKey || e.shiftKey || e.button) return;"
                " e.preventDefault(); emit(); }"
            ),
        )

    def keep_up(
        self,
        look: Callable[[], Awaitable[None]],
        topic: Callable[[], str | None] = lambda: CASES_TOPIC,
        *,
        pause: float = 1.0,
    ) -> None:
        """Refresh at every signal of the bell, and every few seconds, while the page is open.

        The topic may change between refreshes; None means no topic. Between two refreshes there are
        at least `pause` seconds.
        """
        background_tasks.create(self._keep_up(look, topic, pause), name=f"keep up {self.path}")

    async def _keep_up(
        self, look: Callable[[], Awaitable[None]], topic: Callable[[], str | None], pause: float
    ) -> None:
        await self.client.connected()
        while self._is_open():
            heard = topic()
            async with self.context.bell.listen(heard or _SILENCE) as listener:
                while self._is_open() and topic() == heard:
                    # Refresh once after subscribing, for changes in between.
                    await self._look(look)
                    if await listener.wait(LOOK) is not None:
                        await asyncio.sleep(pause)
                        while await listener.wait(0) is not None:
                            pass  # one refresh handles all signals

    def _is_open(self) -> bool:
        return not self.client.is_deleted and not self.context.stopping.is_set()

    async def _look(self, look: Callable[[], Awaitable[None]]) -> None:
        if not self.client.has_socket_connection:
            return
        try:
            with self.client:
                await look()
        except Unauthenticated:
            self.leave()
            await asyncio.sleep(LOOK)
        except Refusal:
            # The case is no longer visible: reported when the reader acts on it.
            return
        except Exception:
            logger.exception("console_look_failed", page=self.path)


def _quoted(text: str) -> str:
    """Write a text as a JavaScript string that is safe in any context."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + escaped.replace("<", "\\u003c").replace("\u2028", " ").replace("\r", "") + '"'
