"""Fill an example city: run many stories, each step at its own time in the past weeks."""

import asyncio
import heapq
import itertools
import random
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select

from api.app import LISTENERS
from api.contract.live import AskLive, Confirm, EndTalk, LiveMessage, OpenSession, Say
from api.errors import Refusal
from api.live.service import desk as live_desk
from api.live.service import sessions as live_sessions
from api.live.service import talks as live
from api.people.rules.actor import Actor, Role
from api.services.cases.numbers import CaseNumbers
from api.services.desk import ServiceDesk
from api.store.attachments.files import SealedFiles
from api.store.cases.tables import cases
from kernel.clock import ManualClock
from kernel.database.transaction import Transaction
from kernel.ids import RandomIds
from nlu.examples import read_data
from solvefirst.project import TRAINING_DATA
from solvefirst.settings import Settings
from solvefirst.wiring.case_side import files
from solvefirst.wiring.foundation import Foundation
from tools.demo_city.stories import Cast, Story, case_story

WORDS = Path(__file__).with_name("words.yml")
KINDS = frozenset({"consult", "help", "complaint", "report", "suggestion", "praise"})
FRESH = timedelta(days=4)
"""Greatest age of a case that may still be unfinished."""
LEADER = Actor("demo_leader", Role.LEADER, "Example leader")


def run(count: int, days: int, seed: int, console: Console) -> int:
    """Add `count` example cases of the past `days`; return 2 when the store is not a demo store."""
    settings = Settings()
    if not settings.demo:
        console.print(
            "This fills the store with invented cases. Set SOLVEFIRST_DEMO=1 if that is meant, and"
            " SOLVEFIRST_VAR to a folder of its own if other data is in this one."
        )
        return 2
    base = Foundation.lay(settings)
    base.stores.upgrade()
    return asyncio.run(_fill(base, count, days, seed, console))


async def _fill(base: Foundation, count: int, days: int, seed: int, console: Console) -> int:
    try:
        there = await base.stores.api.read(_examples)
        if there:
            console.print(f"There are {there} example cases already; nothing was added.")
            return 0
        now = base.clock.now()
        steps = await Teller(base, now - timedelta(days=days), now, console).tell(count, seed)
        talks = await Teller(base, now - timedelta(hours=3), now, console).duty_session()
    finally:
        await base.stores.close()
    console.print(
        f"{count} example cases of the past {days} days in {steps} steps, and a duty session with"
        f" {talks} talks. All of it is invented."
    )
    return 0


def _examples(tx: Transaction) -> int:
    counted: int = tx.execute(
        select(func.count()).where(cases.c.contact_point.startswith("demo_"))
    ).scalar_one()
    return counted


class Teller:
    """Runs many stories, each step at its time, with one clock that moves through the weeks."""

    def __init__(self, base: Foundation, start: datetime, now: datetime, console: Console) -> None:
        self._database = base.stores.api
        self._start, self._now = start, now
        self._clock = ManualClock(start)
        self._desk = ServiceDesk(
            base.catalogue, base.keyring, self._clock, RandomIds(self._clock), LISTENERS
        )
        self._files = SealedFiles(files(base), base.keyring)
        self._console = console
        self._words: dict[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))

    async def tell(self, count: int, seed: int) -> int:
        """Run `count` case stories that begin between start and now; return the number of steps."""
        chance = random.Random(seed)  # noqa: S311 - an example, and the same each time
        sentences = [
            example
            for example in read_data([TRAINING_DATA]).examples
            if example.category and example.intent in KINDS and len(example.text) > 12
        ]
        cast = Cast(self._desk, chance, self._words, sentences, self._files)
        numbers = CaseNumbers(self._database, self._clock, block=1)
        begins = sorted(
            self._now - (self._now - self._start) * chance.random() ** 1.5 for _ in range(count)
        )
        order = itertools.count()
        waiting: list[tuple[datetime, int, Story | int, Any]] = [
            (moment, next(order), serial, None) for serial, moment in enumerate(begins)
        ]
        heapq.heapify(waiting)
        steps = 0
        with _bar(self._console) as progress:
            bar = progress.add_task("example cases", total=count)
            while waiting:
                moment, _, story, step = heapq.heappop(waiting)
                if moment > self._now:
                    break
                self._clock.set(moment)
                if isinstance(story, int):
                    fresh = moment > self._now - FRESH
                    story = case_story(cast, story, await numbers.take(), fresh=fresh)
                    progress.advance(bar)
                    result = None
                else:
                    result = await self._database.run(step)
                    steps += 1
                try:
                    wait, do = story.send(result)
                except StopIteration:
                    continue
                heapq.heappush(waiting, (moment + wait, next(order), story, do))
        return steps

    async def duty_session(self) -> int:
        """Add one session of a leader on duty, two hours long, that has just ended."""
        leader = self._words["leader"]
        unit = next(
            unit.code for unit in self._desk.catalogue.units.values() if unit.level == "city"
        )
        order = OpenSession.model_validate(
            {
                "name": leader["name"],
                "title": leader["title"],
                "scope": leader["scope"],
                "unit": unit,
                "opens_at": self._clock.now(),
                "closes_at": self._clock.now() + timedelta(hours=2),
            }
        )
        try:
            await self._run(live_sessions.open_session, LEADER, order)
        except Refusal:
            return 0  # the operator's own session covers that time
        for serial, talk in enumerate(self._words["talks"]):
            await self._talk(serial, talk)
        return len(self._words["talks"])

    async def _talk(self, serial: int, script: dict[str, Any]) -> None:
        point = f"demo_live_{serial}"
        citizen = Actor("demo_service", Role.SERVICE, "Example", contact_point=point)
        self._clock.advance(minutes=4)
        talk = await self._run(live.ask, citizen, AskLive(channel="web"))
        for place, line in enumerate(script["asks"]):
            message = LiveMessage(message_id=f"{point}.{place}", text=line)
            await self._run(live.message, citizen, message)
        self._clock.advance(minutes=1)
        talk = await self._run(live_desk.claim, LEADER, talk.id)
        for line in script["says"]:
            self._clock.advance(minutes=2)
            talk = await self._run(live_desk.say, LEADER, talk.id, Say(text=line, fence=talk.fence))
        ending = EndTalk(fence=talk.fence, how="solved" if script["solved"] else "closed")
        await self._run(live_desk.end, LEADER, talk.id, ending)
        if script["solved"]:
            await self._run(live.confirm, citizen, talk.id, Confirm(solved=True))

    async def _run(self, service: Any, actor: Actor, *rest: Any) -> Any:  # noqa: ANN401 - any use case
        return await self._database.run(partial(service), self._desk, actor, *rest)


def _bar(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, transient=True)
