"""Chat in a terminal: read a line, show the replies, accept a number for a button.

The functions that send a message and read a line are injected. The same chat therefore runs on the
intake of this process (`over_intake`) or on any server's REST channel (`over_rest`).
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot import limits
from bot.inbound.intake import PAYLOAD, TITLE, Intake
from bot.inbound.unkept import NotStored
from bot.message import Button, InboundMessage, Reply
from bot.texts import CitizenTexts
from kernel.clock import Clock
from kernel.ids import Ids

CHANNEL = "terminal"
QUIT = "/quit"

Say = Callable[[str, str | None], Awaitable[Sequence[Reply]]]
"""Sends text, or a payload with its button's title; returns the replies."""

Ask = Callable[[], Awaitable[str | None]]
"""Returns the next typed line, `None` at the end of the input."""


class Terminal:
    """One chat in a terminal."""

    name = CHANNEL

    def __init__(
        self, *, say: Say, ask: Ask, console: Console, texts: CitizenTexts, language: str
    ) -> None:
        self._say = say
        self._ask = ask
        self._console = console
        self._texts = texts
        self._language = language
        self._offered: tuple[Button, ...] = ()

    async def run(self) -> None:
        """Chat until `/quit` or the end of the input."""
        self._print("terminal_welcome")
        while (line := await self._ask()) is not None and line.strip() != QUIT:
            words = limits.clean(line)
            if words:
                await self._turn(words)
        self._print("terminal_goodbye")

    async def _turn(self, words: str) -> None:
        title = None
        if words.isdecimal() and len(words) < 3 and 0 < int(words) <= len(self._offered):
            button = self._offered[int(words) - 1]
            words, title = button.payload, button.title
        try:
            replies = await self._say(words, title)
        except limits.MessageTooLong:
            self._print("refused_too_large", limit=limits.HANDLED)
            return
        except limits.TooMany as many:
            self._print("refused_too_many", seconds=many.seconds)
            return
        except httpx.HTTPError as error:
            self._print("terminal_unreachable", reason=error)
            return
        self._offered = ()
        for reply in replies:
            self._show(reply)
        if self._offered:
            self._print("terminal_choose")

    def _show(self, reply: Reply) -> None:
        # As `Text`, so that square brackets in the words are not read as markup.
        if reply.text:
            self._console.print(Text(reply.text))
        if reply.custom and reply.custom.get("type") == "receipt":
            self._console.print(_receipt(reply.custom, self._texts, self._language))
        if reply.image:
            self._console.print(Text(reply.image, style="underline"))
        for button in reply.buttons:
            self._offered = (*self._offered, button)
            self._console.print(
                Text.assemble("  ", (f"{len(self._offered)}", "bold"), "  ", button.title)
            )

    def _print(self, key: str, **parameters: object) -> None:
        words = self._texts.words(key, self._language, **parameters)
        self._console.print(Text(words, style="dim"))


def _receipt(custom: Any, texts: CitizenTexts, language: str) -> Panel:  # noqa: ANN401 - a reply's custom part
    rows = Table.grid(padding=(0, 2))
    for key, name in (
        ("number", "page_receipt_number"),
        ("category", "page_receipt_matter"),
        ("unit", "page_receipt_unit"),
        ("unit_phone", "page_receipt_phone"),
        ("access_code", "page_receipt_access"),
    ):
        if value := custom.get(key):
            if key == "unit_phone" and custom.get("example_phone"):
                value = f"{value} {texts.words('page_receipt_example', language)}"
            rows.add_row(Text(texts.words(name, language), style="dim"), Text(str(value)))
    return Panel(rows, title=texts.words("page_receipt", language), expand=False)


def over_intake(intake: Intake, *, address: str, clock: Clock, ids: Ids, language: str) -> Say:
    """Send messages to the intake of this process, as one conversation of `address`."""

    async def say(words: str, title: str | None) -> Sequence[Reply]:
        metadata: dict[str, object] = {} if title is None else {PAYLOAD: True, TITLE: title}
        inbound = InboundMessage(
            channel=CHANNEL,
            address=address,
            message_id=ids.new("in"),
            text=words,
            sent_at=clock.now(),
            language=language,
            metadata=metadata,
        )
        try:
            answer = await intake.handle(inbound)
        except NotStored as unkept:
            return [unkept.reply]
        return [said.reply for said in answer.said]

    return say


def over_rest(client: httpx.AsyncClient, *, sender: str, ids: Ids, language: str) -> Say:
    """Send messages to a server's REST channel; `client` holds its address and the token.

    The call has an idempotency key, so it is retried once when the connection breaks.
    """

    async def say(words: str, title: str | None) -> Sequence[Reply]:
        words = limits.clean(words)
        limits.check_size(words)
        if title is None and words.startswith("/"):  # REST would read it as a payload
            words = "\N{FULLWIDTH SOLIDUS}" + words[1:]
        body = {
            "sender": sender,
            "message": words,
            "metadata": {"message_id": ids.new("in"), "language": language},
        }
        try:
            response = await client.post("/webhooks/rest/webhook", json=body)
        except httpx.TransportError:
            response = await client.post("/webhooks/rest/webhook", json=body)
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise limits.TooMany(int(response.headers.get("retry-after", "1")))
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            params = response.json().get("params", {})
            if "words" in params:  # danger: show whom to call, even if the message was not accepted
                return [Reply(params["words"], custom=params.get("custom"))]
        response.raise_for_status()
        return _replies(response.json())

    return say


def _replies(entries: Sequence[dict[str, Any]]) -> list[Reply]:
    return [
        Reply(
            text=entry.get("text", ""),
            buttons=tuple(
                Button(button["title"], button["payload"]) for button in entry.get("buttons", ())
            ),
            image=entry.get("image"),
            custom=entry.get("custom"),
        )
        for entry in entries
    ]
