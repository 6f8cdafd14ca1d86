"""One open page of NiceGUI: its events, and its refresh when data change.

A page outlives the request that opened it, so it remembers only the digest of its session and asks
at every event whose that is. A session that was ended therefore ends its open pages: the next
event, or the next look by themselves a few seconds later, sends them to the sign-in page.
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
"""Seconds between two looks of a page by itself; a ring comes sooner."""

_SILENCE = "console:silence"
"""A topic that nobody rings."""

logger = get_logger(__name__)


class Visit(Reader):
    """One page that somebody has open."""

    def __init__(self, context: ConsoleContext, request: Request, client: Client) -> None:
        super().__init__(context, request)
        self.client = client

    async def attempt(self, act: Callable[[], Awaitable[None]]) -> None:
        """Carry out what somebody asked for by an event, and tell them if it cannot be.

        Nothing that goes wrong is left without a word.
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
        """Tell something for a while, to eyes and to screen readers."""
        kind = "alarm" if alarm else "done"
        with self.client:
            ui.run_javascript(f"consoleTell({_quoted(words)}, {_quoted(kind)})")

    def leave(self) -> None:
        """Send the page to the sign-in page: its session has ended."""
        self.client.open(f"{ROOT}/sign-in?next={quote(self.address({}), safe='/')}")

    def ready(self, form: Element) -> None:
        """Let a form be sent again."""
        if not form.is_deleted:
            self.client.run_javascript(
                f"document.getElementById({form.html_id!r})?.removeAttribute('aria-busy')"
            )

    def follow(self, address: str) -> None:
        """Put another address of this page into the browser, without a reload."""
        self.client.run_javascript(f"consoleAddress({_quoted(address)})")

    @staticmethod
    def stay(way: Element, go: Callable[[], Awaitable[None]]) -> None:
        """Follow a link within the page; with a key held the browser does as with any link."""
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
        """Look again whenever the bell rings, and every few seconds, for as long as it is open.

        What is listened to may change from one look to the next; None is silence. However often
        it rings, `pause` seconds lie between two looks.
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
                    # What happened before one listened is seen by looking once more.
                    await self._look(look)
                    if await listener.wait(LOOK) is not None:
                        await asyncio.sleep(pause)
                        while await listener.wait(0) is not None:
                            pass  # one look answers all of them

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
            # Given away or out of sight: said once somebody acts on it.
            return
        except Exception:
            logger.exception("console_look_failed", page=self.path)


def _quoted(text: str) -> str:
    """Write a text as a JavaScript string that can stand anywhere."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + escaped.replace("<", "\\u003c").replace("\u2028", " ").replace("\r", "") + '"'
