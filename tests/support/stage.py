"""The world of one transcript: an engine, a case service, its unit, a leader, citizens."""

import json
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from conformance.engines import Engine, Hands
from conformance.turned import Turned
from fastapi import FastAPI
from patience import PATIENCE
from some_files import photo, stream
from transcripts import Heard, Transcript, faults

from actions.context import Services, configure
from api.app import build
from api.catalogue.rules.catalogue import Catalogue
from api.client import ApiClient
from api.contract import AskSupplement, ReplyCase
from api.contract.live import EndTalk, OpenSession
from api.jobs.clocks import ClockSweep
from api.live.service import desk as live_desk
from api.live.service import sessions as live_sessions
from api.people.rules.actor import Actor, Role
from api.people.service.tokens import issue_token
from api.routes.context import Context
from api.services.surveys.survey import advance
from api.transport import AsgiTransport, HttpResponse, Transport, Unreachable
from kernel.clock import ManualClock
from kernel.database.database import Database
from kernel.ids import SequentialIds
from kernel.privacy.crypto import Keyring

TOKEN = "the token of the conversations"
REPLY = ReplyCase.model_validate(
    {"claim_true": "yes", "contacted": False, "solved": "yes", "answer": "已清理并安排巡查"}
)
LEADER = Actor("stf_1", Role.LEADER, "江小舟")


class Line(Transport):
    """The way to the case service, which can break in either direction."""

    def __init__(self, through: Transport) -> None:
        self._through = through
        self.state = "up"

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> HttpResponse:
        if self.state == "down":
            raise Unreachable("the line is down")
        reply = await self._through.send(method, path, headers, body)
        if self.state == "deaf":
            raise Unreachable("the answer was lost")
        return reply

    async def close(self) -> None:
        await self._through.close()


@dataclass
class Leader:
    """The leader on duty, at the desk."""

    context: Context
    session: str = ""
    talk: str = ""

    async def does(self, act: str) -> None:
        """Plan a session, open one, ask the first in the queue whether it is solved, or go."""
        database, desk = self.context.database, self.context.desk
        if act in ("plans", "opens"):
            start = desk.clock.now() + timedelta(hours=1 if act == "plans" else 0)
            announced = OpenSession.model_validate(
                {
                    "name": "江小舟",
                    "title": {"zh": "副市长", "en": "Deputy mayor"},
                    "unit": next(iter(desk.catalogue.units)),
                    "scope": {"zh": "道路与照明", "en": "roads and lighting"},
                    "opens_at": start,
                    "closes_at": start + timedelta(hours=1),
                }
            )
            opened = await database.run(live_sessions.open_session, desk, LEADER, announced)
            self.session = opened.id
        elif act == "asks":
            shown = await database.read(live_sessions.watch, desk, LEADER, self.session)
            seat = await database.run(live_desk.claim, desk, LEADER, shown.waiting[0].id)
            order = EndTalk(fence=seat.fence, how="solved")
            await database.run(live_desk.end, desk, LEADER, seat.id, order)
            self.talk = seat.id
        else:
            assert act == "goes", act
            await database.run(live_sessions.end_session, desk, LEADER, self.session)


@dataclass
class Stage:
    """One transcript's world: an engine, a case service with an empty store, citizens."""

    engine: Engine
    client: ApiClient
    line: Line
    app: FastAPI
    ids: SequentialIds
    clock: ManualClock
    database: Database
    leader: Leader
    turns: list[Turned] = field(default_factory=list)

    async def say(self, citizen: str, text: str, metadata: Mapping[str, object]) -> Heard:
        turned = await self.engine.say(citizen, text, channel="web", metadata=metadata)
        assert turned.broken is None, turned.broken
        self.turns.append(turned)
        return heard(turned)

    async def staff(self, what: str, number: str, citizen: str = "cnv_citizen") -> None:
        """Have others act on a citizen's case: its unit, whoever looks after clocks, who asks."""
        desk = self.app.state.context.desk
        if what == "replies":
            unit = await self._unit_of(number, citizen)
            case = await unit.sign_in(number)
            shown = []
            if case.needs_evidence:
                shown = [(await unit.keep_attachment(stream(photo()), None, "done.jpg")).id]
            await unit.reply(number, REPLY.model_copy(update={"attachments": tuple(shown)}))
            return
        if what == "signs":
            await (await self._unit_of(number, citizen)).sign_in(number)
            return
        if what == "wonders":
            unit = await self._unit_of(number, citizen)
            await unit.move(number, "ask-supplement", AskSupplement(note="请说是几号"))
            return
        if what == "sweeps":
            await ClockSweep(self.database, desk).sweep()
            return
        assert what == "asks"
        self.clock.advance(days=5)  # over any weekend
        while not await self.database.run(advance, desk, number):
            self.clock.advance(hours=1)

    async def _unit_of(self, number: str, citizen: str) -> ApiClient:
        case = await self.client.case(number, contact_point=citizen)
        assert case.unit is not None
        issued = await self.database.run(
            issue_token,
            self.ids,
            self.clock,
            self.app.state.context.desk.catalogue,
            name="The unit of the case",
            role=Role.UNIT,
            unit=case.unit.code,
        )
        return ApiClient.over_asgi(self.app, issued.secret, timeout=PATIENCE)

    async def cases(self, citizen: str) -> int:
        return len((await self.client.cases(contact_point=citizen)).items)


def heard(turned: Turned) -> Heard:
    """A turn as transcripts look at it."""
    entries = [json.loads(entry) for entry in turned.replies]
    return Heard(
        texts=tuple(entry["text"] for entry in entries if "text" in entry),
        buttons=tuple((b[0], b[1]) for entry in entries for b in entry.get("buttons", ())),
        customs=tuple(entry["custom"] for entry in entries if "custom" in entry),
        slots=turned.slots,
        loop=turned.loop,
        actions=tuple(turned.actions),
    )


@asynccontextmanager
async def staged(
    engine: Engine, hands: Hands, catalogue: Catalogue, empty: Path, file: Path
) -> AsyncIterator[Stage]:
    """Set the stage, at one moment for all: `empty` is a migrated store, copied to `file`."""
    clock = hands.clock = ManualClock()
    engine.forget()
    shutil.copy(empty, file)
    database = Database(f"sqlite:///{file}")
    ids = SequentialIds()
    app = build(
        database=database,
        clock=clock,
        ids=ids,
        keyring=Keyring.from_setting("a secret of the conversations long enough"),
        catalogue=catalogue,
        service_token=TOKEN,
    )
    line = Line(AsgiTransport(app))

    async def at_once(_: float) -> None:
        """Retries need no real time here."""

    client = ApiClient(line, TOKEN, timeout=PATIENCE, pause=at_once)
    configure(Services(client, clock))
    try:
        yield Stage(engine, client, line, app, ids, clock, database, Leader(app.state.context))
    finally:
        configure(None)
        await database.close()


async def hold(stage: Stage, transcript: Transcript) -> list[str]:
    """Hold the conversation and everything that it expects; the protocol of it."""
    number = talk = ""
    protocol: list[str] = []
    buttons: dict[str, tuple[tuple[str, str], ...]] = {}
    for written in transcript.steps:
        step = _numbered(written, number, talk)
        if "wait" in step:
            stage.clock.advance(hours=step["wait"])
            continue
        if "staff" in step:
            await stage.staff(step["staff"], number)
            continue
        if "api" in step:
            stage.line.state = step["api"]
            continue
        if "leader" in step:
            await stage.leader.does(step["leader"])
            talk = stage.leader.talk
            continue
        citizen = f"cnv_{step.get('as', 'citizen')}"
        text = step["user"] if "user" in step else _tapped(step["tap"], buttons.get(citizen, ()))
        heard = await stage.say(citizen, text, step.get("metadata", {}))
        buttons[citizen] = heard.buttons
        number = next((str(c["number"]) for c in heard.customs if c.get("number")), number)
        protocol += [f"> {text}", *(f"  {item}" for item in heard.texts)]
        protocol += [f"  [{title}]" for title, _ in heard.buttons]
        found = faults(_numbered(written, number, talk), heard)
        if "cases" in step and (count := await stage.cases(citizen)) != step["cases"]:
            found.append(f"{count} cases, not {step['cases']}")
        assert not found, "\n".join([*found, "", *protocol])
        assert heard.texts, "\n".join(["the bot stays silent", *protocol])
    return protocol


def _tapped(title: str, buttons: tuple[tuple[str, str], ...]) -> str:
    offered = dict(buttons)
    assert title in offered, f"no button {title!r} to tap, only {list(offered)}"
    return offered[title]


def _numbered(value: Any, number: str, talk: str) -> Any:
    if isinstance(value, str):
        return value.replace("{number}", number).replace("{talk}", talk)
    if isinstance(value, Mapping):
        return {key: _numbered(item, number, talk) for key, item in value.items()}
    return [_numbered(item, number, talk) for item in value] if isinstance(value, list) else value
