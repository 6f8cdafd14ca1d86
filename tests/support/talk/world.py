"""The product in this process: case service, bot and engine on one SQLite file, and a moved clock.

A message goes in by the bot's intake, as that of a REST client does; its replies come out there.
"""

import json
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from citizens import TEXTS, Town, says
from conformance.engines import Engine, Hands
from conformance.turned import Turned
from dialogue import domain
from patience import PATIENCE
from stage import Stage, staged

from actions.catalogue import CONTACT, HAPPENED, dialogue_catalogue
from actions.course import CONFIRM, open_question
from actions.draft import Draft
from actions.turn import FORM
from api.catalogue.rules.catalogue import Catalogue
from api.client import ApiClient
from api.people.rules.actor import Role
from api.people.service.tokens import issue_token
from bot.app import Bot
from bot.dialogue.engine.port import Outcome, Turn
from bot.dialogue.turns import Times
from bot.live.desk import LiveHandover
from bot.message import Button, Reply
from kernel.bell.local import LocalBell
from nlu.danger.emergency import detect
from nlu.serve.understanding import MODEL
from talk.filed import Filed, filed

SUMMARY, DESCRIPTION, NEXT, MODE, WHICH = "summary", "description", "next", "mode", "which"
_QUESTIONS = {HAPPENED: DESCRIPTION, CONFIRM: SUMMARY}
_PENDING = {"withdraw": SUMMARY, "next": NEXT}
_OFFERS = frozenset({"open", "unsure", "retry", "join"})
"""What may be pending and asks for nothing: a citizen taps it or goes on."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one message: the replies in order, and the question that is open after it.

    `asked` is the catalogue's name of the detail, or one of this module's names; None when nothing
    is asked. `responses` are the responses of the domain that are found in the words.
    """

    texts: tuple[str, ...]
    customs: tuple[dict[str, Any], ...]
    buttons: tuple[Button, ...]
    asked: str | None
    responses: frozenset[str]


class InPort:
    """Either engine as the bot's port; keeps the last turn, whose state tells what is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.last = Turned()
        self.conversation = ""

    async def handle(self, turn: Turn) -> Outcome:
        """Run one turn."""
        turned = await self._engine.say(
            turn.conversation, turn.text, channel=turn.channel, metadata=turn.metadata
        )
        if turned.broken is not None:
            raise RuntimeError(turned.broken)
        self.last, self.conversation = turned, turn.conversation
        language = turned.slots.get("language")
        replies = tuple(_reply(json.loads(entry)) for entry in turned.replies)
        return Outcome(replies, None, language if isinstance(language, str) else None)

    async def ready(self) -> bool:
        """Tell that it answers."""
        return True

    async def forget(self, conversations: Sequence[str]) -> None:
        """Keep all: a world lasts for one citizen."""

    async def close(self) -> None:
        """Let go of nothing."""


def _reply(entry: dict[str, Any]) -> Reply:
    buttons = tuple(Button(title, payload) for title, payload in entry.get("buttons", ()))
    return Reply(entry.get("text", ""), buttons, entry.get("image"), entry.get("custom"))


class Responses:
    """Finds the responses of the domain in what was said."""

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        found = []
        for name, variants in domain()["responses"].items():
            for variant in variants:
                first = (variant.get("text") or "").strip().split("\n\n")[0]
                literal = re.sub(r"\{\w+\}", "", first)
                if len(re.findall(r"\w", literal)) < 4:  # any text would hold it
                    continue
                parts = [re.escape(part) for part in re.split(r"\{\w+\}", first)]
                found.append((name, re.compile("(?s:.*?)".join(parts))))
        return found

    def within(self, texts: Iterable[str]) -> frozenset[str]:
        """Give the names of those that stand in `texts`."""
        whole = "\n\n".join(texts)
        return frozenset(name for name, pattern in self._patterns if pattern.search(whole))


_RESPONSES = Responses()


@dataclass
class World:
    """One citizen and the product."""

    stage: Stage
    bot: Bot
    port: InPort
    _sent: int = 0
    _at_the_hotline: ApiClient | None = None

    async def say(self, text: str, *, address: str = "a") -> Heard:
        """Send a message and wait for the replies; each address is a citizen."""
        self._sent += 1
        self.stage.clock.advance(seconds=20)
        before = self.port.last
        answer = await self.bot.intake.handle(says(text, str(self._sent), address=address))
        replies = [item.reply for item in answer.said]
        texts = tuple(reply.text for reply in replies if reply.text)
        responses = _RESPONSES.within(texts)
        unchanged = self.port.last is before  # answered without the engine
        return Heard(
            texts=texts,
            customs=tuple(dict(reply.custom) for reply in replies if reply.custom),
            buttons=tuple(button for reply in replies for button in reply.buttons),
            asked=None if unchanged else await _asked(self.port.last, responses),
            responses=responses,
        )

    @property
    def draft(self) -> Draft:
        """The matter under way after the last turn."""
        return Draft.of(self.port.last.slots)

    def wait(self, time: timedelta) -> None:
        """Let time pass."""
        self.stage.clock.advance(seconds=int(time.total_seconds()))

    async def cases(self) -> list[Filed]:
        """Give the citizen's cases, oldest first."""
        if not self.port.conversation:
            return []
        page = await self.stage.client.cases(contact_point=self.port.conversation)
        clerk = await self._clerk()
        known = await clerk.catalogue()
        numbers = sorted(item.number for item in page.items)
        return [filed(await clerk.case(number), known) for number in numbers]

    async def replied(self, number: str) -> None:
        """Have the unit answer a case and the survey ask about it."""
        for what in ("replies", "asks"):
            await self.stage.staff(what, number, self.port.conversation)

    async def moves(self, number: str) -> list[str]:
        """Give the moves of a case, oldest first."""
        entries = (await (await self._clerk()).history(number)).entries
        return [entry.move for entry in entries]

    async def _clerk(self) -> ApiClient:
        """Somebody at the hotline, who sees whole cases."""
        if self._at_the_hotline is None:
            stage = self.stage
            issued = await stage.database.run(
                issue_token,
                stage.ids,
                stage.clock,
                stage.app.state.context.desk.catalogue,
                name="The hotline",
                role=Role.CLERK,
            )
            self._at_the_hotline = ApiClient.over_asgi(stage.app, issued.secret, timeout=PATIENCE)
        return self._at_the_hotline


async def _asked(turned: Turned, responses: frozenset[str]) -> str | None:
    slots = turned.slots
    if turned.loop == FORM and slots.get("requested_slot"):
        draft = Draft.of(slots)
        question = open_question(draft, await dialogue_catalogue())
        key = question.key if question else str(slots["requested_slot"])
        if key == CONTACT and draft.kind == "report" and not draft.thread.get("mode"):
            return MODE
        return _QUESTIONS.get(key, key)
    if "utter_which_case" in responses:
        return WHICH
    act = (slots.get("pending") or {}).get("act")
    return None if act in _OFFERS else _PENDING.get(act, act)


@asynccontextmanager
async def world(
    engine: Engine, hands: Hands, catalogue: Catalogue, empty: Path, file: Path
) -> AsyncIterator[World]:
    """Make the product anew on a copy of `empty`, with one citizen."""
    async with staged(engine, hands, catalogue, empty, file) as stage:
        port = InPort(engine)
        town = Town(stage.database, stage.clock, stage.ids, LocalBell(stage.clock))
        bot = town.bot(
            port,
            emergency=partial(detect, folder=MODEL),
            desk=LiveHandover(stage.client, TEXTS),
            client=stage.client,
            times=Times(engine=PATIENCE, lease=3 * PATIENCE),
        )
        try:
            yield World(stage, bot, port)
        finally:
            await bot.turns.idle()
            await town.bell.close()
