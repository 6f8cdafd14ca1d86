"""One open page: who looks at it, in which language, and how it keeps up with the world.

A page outlives the request that opened it, so it remembers only the digest of its session and asks
at every event whose that is. A session that was ended therefore ends its open pages: the next
event, or the next look by themselves a few seconds later, sends them to the sign-in page.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote, urlencode

from nicegui import Client, background_tasks, ui
from nicegui.element import Element
from starlette.requests import Request

from api.console.context import CASES_TOPIC, ROOT, ConsoleContext
from api.console.guard import inner_path, language_of, session_of
from api.console.texts import LANGUAGES
from api.contract import Names
from api.domain.actor import Actor
from api.domain.catalogue import Text
from api.domain.errors import Refusal, Unauthenticated
from api.domain.staff import SessionEnded, Staff
from kernel.logging import get_logger

LOOK = 5.0
"""Seconds between two looks of a page by itself; a ring comes sooner."""

_SILENCE = "console:silence"
"""A topic that nobody rings."""

logger = get_logger(__name__)


class Visit:
    """One page that somebody has open."""

    def __init__(self, context: ConsoleContext, request: Request, client: Client) -> None:
        self.context = context
        self.language = language_of(request)
        self.client = client
        self.path = ROOT + inner_path(request.scope)
        self.query = {key: request.query_params[key] for key in request.query_params}
        self._session = session_of(request.scope)

    async def staff(self) -> Staff:
        """Tell who looks, as the account stands now.

        Raises:
            SessionEnded: nobody, any longer.
        """
        if self._session is None:
            raise SessionEnded
        return await self.context.door.who(self._session)

    async def actor(self) -> Actor:
        """Tell who acts, read anew.

        Raises:
            SessionEnded: nobody, any longer.
        """
        return (await self.staff()).actor

    def say(self, key: str, /, **parameters: object) -> str:
        """Make words in the reader's language."""
        return self.context.texts.words(key, self.language, **parameters)

    def say_or(self, key: str, otherwise: str) -> str:
        """Make words where there are some, else give what stands in for them."""
        return self.say(key) if self.context.texts.has(key) else otherwise

    def name(self, names: Names | Text) -> str:
        """Give a name in the reader's language."""
        return names.en if self.language == "en" else names.zh

    def address(self, changes: Mapping[str, str | None]) -> str:
        """Make this page's address with some of its parameters changed or, by None, left out."""
        query = {**self.query, **changes}
        kept = {key: value for key, value in query.items() if value and key != "lang"}
        return self.path + (f"?{urlencode(kept)}" if kept else "")

    def other_language(self) -> tuple[str, str]:
        """Give the other language and this page's address in it."""
        other = next(one for one in LANGUAGES if one != self.language)
        here = self.address({})
        return other, f"{here}{'&' if '?' in here else '?'}lang={other}"

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

    def refusal(self, refused: Refusal) -> str:
        """Say why not."""
        key = f"refused_{refused.code}"
        if not self.context.texts.has(key):
            return self.say("refused", code=refused.code)
        return self.say(key, **refused.params)

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
