"""What holds for every channel: web, REST, Telegram, a text message, the terminal over either."""

import io
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from citizens import TEXTS, ScriptedEngine, Town, receipt_card, town
from fastapi import FastAPI
from rich.console import Console
from telegrams import USER, Line, connected
from texting import Phone, texting
from wire import dial

from bot.channels.terminal import Terminal, over_intake, over_rest
from bot.limits import HANDLED
from bot.outbound.rates import RateGate
from bot.running import Bot
from kernel.clock import SystemClock


class Citizen(ABC):
    """Says words and taps the buttons that a channel shows; reads what it says back."""

    @abstractmethod
    async def says(self, words: str) -> str: ...

    @abstractmethod
    async def taps(self, title: str) -> str: ...


class RestCitizen(Citizen):
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._buttons: dict[str, str] = {}

    async def says(self, words: str) -> str:
        body = json.dumps({"sender": "citizen", "message": words}).encode()
        answer = await self._client.post(
            "/webhooks/rest/webhook", content=body, headers={"Content-Type": "application/json"}
        )
        if answer.status_code != 200:
            return f"refused {answer.status_code}"
        entries: Sequence[dict[str, Any]] = answer.json()
        self._buttons = {
            button["title"]: button["payload"]
            for entry in entries
            for button in entry.get("buttons", ())
        }
        return "\n".join(entry["text"] for entry in entries if "text" in entry)

    async def taps(self, title: str) -> str:
        return await self.says(self._buttons[title])


class WebCitizen(Citizen):
    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._line = None
        self._n = 0
        self._buttons: dict[str, str] = {}

    async def _send(self, **parts: Any) -> str:
        if self._line is None:
            self._line = await dial(self._app)
            self._line.send({"type": "hello", "language": "zh"})
            await self._line.until("welcome")
        self._n += 1
        self._line.send({"type": "say", "id": f"w{self._n}", "n": self._n, **parts})
        said: list[str] = []
        acknowledged = False
        while True:
            frame = await self._line.hear()
            match frame["type"]:
                case "refused":
                    return f"refused {frame['code']}"
                case "ack":
                    acknowledged = True
                case "event" if frame["from"] == "agent":
                    said.append(frame["text"])
                    self._buttons = {item["title"]: item["id"] for item in frame.get("buttons", ())}
                case "state" if acknowledged and not frame["waiting"]:
                    return "\n".join(said)

    async def says(self, words: str) -> str:
        return await self._send(text=words)

    async def taps(self, title: str) -> str:
        return await self._send(button=self._buttons[title])

    async def close(self) -> None:
        if self._line is not None:
            await self._line.close()


class TerminalCitizen(Citizen):
    def __init__(self, say) -> None:
        self._out = io.StringIO()
        self._console = Console(file=self._out, width=100_000, color_system=None)
        self._terminal = Terminal(
            say=say, ask=self._no_more, console=self._console, texts=TEXTS, language="zh"
        )

    async def _no_more(self) -> str | None:
        return None

    async def says(self, words: str) -> str:
        self._out.seek(0)
        self._out.truncate()
        await self._terminal._turn(words)
        return self._out.getvalue().strip()

    async def taps(self, title: str) -> str:
        titles = [button.title for button in self._terminal._offered]
        return await self.says(str(titles.index(title) + 1))


class TelegramCitizen(Citizen):
    def __init__(self, line: Line) -> None:
        self._line = line

    async def _answer(self, before: int) -> str:
        line = self._line
        await line.hears(before + 1)
        await line.bot.turns.idle()
        for sending in line.bot.sending:
            await sending.idle()
        said = "\n".join(line.texts()[before:])
        refused = TEXTS.words("refused_too_large", "en", limit=HANDLED)
        return "refused too_large" if said == refused else said

    async def says(self, words: str) -> str:
        before = len(self._line.texts())
        self._line.sim.citizens.say(USER, words)
        return await self._answer(before)

    async def taps(self, title: str) -> str:
        before = len(self._line.texts())
        self._line.sim.citizens.tap_title(USER, title)
        return await self._answer(before)


class SmsCitizen(Citizen):
    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._n = 0

    async def says(self, words: str) -> str:
        self._n += 1
        answer = await self._phone.posts(words, f"s{self._n}")
        if answer.status_code != 200:
            return f"refused {answer.status_code}"
        return "\n".join(await self._phone.hears_words())

    async def taps(self, title: str) -> str:
        return await self.says(title)


@pytest.fixture
async def place(sqlite_url, clock, ids) -> AsyncIterator[Town]:
    async with town(sqlite_url, clock, ids) as place:
        yield place


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture(params=["rest", "web", "telegram", "sms", "terminal", "terminal over rest"])
async def citizen(request, place, engine, clock, ids) -> AsyncIterator[Citizen]:
    bot: Bot = place.bot(engine)
    app = FastAPI()
    app.include_router(bot.router)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")
        )
        match request.param:
            case "rest":
                yield RestCitizen(client)
            case "web":
                web = WebCitizen(app)
                stack.push_async_callback(web.close)
                yield web
            case "telegram":
                gate = RateGate(SystemClock(), total=1000, chat=1000)
                yield TelegramCitizen(
                    await stack.enter_async_context(
                        connected(
                            lambda options: place.bot(engine, telegram=options, gate=gate),
                            webhook=True,
                        )
                    )
                )
            case "sms":
                yield SmsCitizen(await stack.enter_async_context(texting(place, engine)))
            case "terminal":
                yield TerminalCitizen(
                    over_intake(bot.intake, address="me", clock=clock, ids=ids, language="zh")
                )
            case _:
                yield TerminalCitizen(over_rest(client, sender="me", ids=ids, language="zh"))


async def test_words_reach_the_engine_and_its_reply_the_citizen(citizen, engine):
    assert await citizen.says("路灯坏了") == "1: 路灯坏了"
    assert await citizen.says("在夫子庙") == "2: 在夫子庙"
    assert len({turn.conversation for turn in engine.turns}) == 1


async def test_a_button_sends_what_it_stands_for(citizen, engine):
    engine.answer = receipt_card
    assert "已受理，编号 20260302-0001。" in await citizen.says("好")
    engine.answer = engine.echo
    await citizen.taps("没有了")
    assert engine.turns[-1].text == "/deny"


async def test_markup_of_any_kind_is_plain_words(citizen):
    words = "[bold]x[/bold] <b>y</b> **z** {slot} $(id)"
    assert await citizen.says(words) == f"1: {words}"


async def test_emoji_and_broken_characters_come_through_or_are_replaced(citizen):
    if isinstance(citizen, TelegramCitizen):  # Telegram lets no broken ones in
        assert await citizen.says("😀") == "1: 😀"
    else:
        assert await citizen.says("😀\ud800") == "1: 😀\ufffd"


async def test_emergency_words_come_first(citizen, engine):
    engine.down = True
    said = await _patiently(citizen, "着火了")
    assert said.startswith(TEXTS.words("emergency_fire", "zh", numbers="119"))


async def _patiently(citizen: Citizen, words: str) -> str:
    if not isinstance(citizen, WebCitizen):
        return await citizen.says(words)
    # The engine stays away, so the web's state stays "waiting": read what is pushed at once.
    line = await dial(citizen._app)
    line.send({"type": "hello", "language": "zh"})
    line.send({"type": "say", "id": "e1", "n": 1, "text": words})
    event = await line.until("event", **{"from": "agent"})
    await line.close()
    return event["text"]


async def test_words_too_long_for_the_engine_are_kept_and_answered(citizen, engine):
    said = await citizen.says("路" * (HANDLED + 1))
    assert said == TEXTS.words("too_long", "zh", length=HANDLED + 1, limit=HANDLED)
    assert engine.turns == []


async def test_words_too_long_to_keep_are_refused(citizen, engine):
    said = await citizen.says("x" * 70_000)
    assert said.startswith(("refused", TEXTS.words("refused_too_large", "zh", limit=HANDLED)[:5]))
    assert engine.turns == []


async def test_a_command_of_ours_typed_by_hand_is_no_button(citizen, engine):
    if isinstance(citizen, RestCitizen):
        pytest.skip("Rasa's REST clients send payloads as text")
    await citizen.says("/affirm 1")  # alone it is answered as a command that there is not
    assert engine.turns[-1].text == "／affirm 1"
