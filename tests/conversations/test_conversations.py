"""Every transcript, held with the project's files, the trained model and a real case service."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from transcripts import Heard, Transcript, faults, load

from actions.context import Services, configure
from api.app import MIGRATIONS, VERSION_TABLE, build
from api.client import ApiClient
from api.contract import ReplyCase
from api.contract.live import EndTalk, OpenSession
from api.domain.actor import Actor, Role
from api.routes.context import Context
from api.services import live_desk
from api.services.survey import advance
from api.services.tokens import issue_token
from api.store.catalogue import load_catalogue, shipped_catalogue
from api.transport import AsgiTransport, Reply, Transport, Unreachable
from bot.engine.embedded.runtime import EmbeddedEngine, Trace, create
from bot.engine.port import Turn
from kernel.clock import ManualClock
from kernel.crypto import Keyring
from kernel.database import Database
from kernel.ids import RandomIds
from kernel.migrate import upgrade

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TOKEN = "the token of the conversations"
TRANSCRIPTS = list(load(HERE))
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
    ) -> Reply:
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
            opened = await database.run(live_desk.open_session, desk, LEADER, announced)
            self.session = opened.id
        elif act == "asks":
            shown = await database.read(live_desk.watch, desk, LEADER, self.session)
            seat = await database.run(live_desk.claim, desk, LEADER, shown.waiting[0].id)
            order = EndTalk(fence=seat.fence, how="solved")
            await database.run(live_desk.end, desk, LEADER, seat.id, order)
            self.talk = seat.id
        else:
            assert act == "goes", act
            await database.run(live_desk.end_session, desk, LEADER, self.session)


@dataclass
class Stage:
    """One transcript's world: an engine, a case service with an empty store, citizens."""

    engine: EmbeddedEngine
    client: ApiClient
    line: Line
    app: FastAPI
    ids: RandomIds
    clock: ManualClock
    database: Database
    leader: Leader
    states: dict[str, bytes | None] = field(default_factory=dict)
    traces: list[Trace] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    count: int = 0

    async def say(self, citizen: str, text: str, metadata: Mapping[str, object]) -> Heard:
        self.count += 1
        turn = Turn(
            conversation=citizen,
            message_id=f"msg_{self.count}",
            text=text,
            channel="web",
            state=self.states.get(citizen),
            metadata=metadata,
        )
        outcome = await self.engine.handle(turn)
        self.states[citizen] = outcome.state
        trace = self.traces[-1]
        ran = [e["name"] for e in _since_message(trace.events) if e["event"] == "action"]
        return Heard(
            texts=tuple(one.text for one in outcome.replies),
            buttons=tuple((b.title, b.payload) for one in outcome.replies for b in one.buttons),
            customs=tuple(one.custom for one in outcome.replies if one.custom),
            slots=trace.slots,
            loop=trace.active_loop,
            actions=tuple(ran),
        )

    async def staff(self, what: str, number: str) -> None:
        """Have others act on a case: its unit replies, or the time comes to ask the citizen."""
        desk = self.app.state.context.desk
        if what == "replies":
            unit = await self._unit_of(number)
            await unit.sign_in(number)
            await unit.reply(number, REPLY)
            return
        assert what == "asks"
        self.clock.advance(days=5)  # over any weekend
        while not await self.database.run(advance, desk, number):
            self.clock.advance(hours=1)

    async def _unit_of(self, number: str) -> ApiClient:
        case = await self.client.case(number, contact_point="cnv_citizen")
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
        return ApiClient.over_asgi(self.app, issued.secret)

    async def cases(self, citizen: str) -> int:
        return len((await self.client.cases(contact_point=citizen)).items)


def _since_message(events: Any) -> list[Mapping[str, Any]]:
    last = max((i for i, e in enumerate(events) if e["event"] == "user"), default=0)
    return list(events[last:])


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each transcript."""
    file = tmp_path_factory.mktemp("store") / "empty.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database.engine, MIGRATIONS, VERSION_TABLE)
    asyncio.run(database.close())
    return file


@pytest.fixture(scope="session")
def catalogue():
    return load_catalogue(shipped_catalogue())


@pytest.fixture(scope="session")
def loaded() -> tuple[EmbeddedEngine, list[Trace]]:
    """The project, loaded once: it keeps nothing between turns."""
    traces: list[Trace] = []
    return create(ROOT, clock=ManualClock(), observe=traces.append), traces


@pytest.fixture
async def stage(loaded, empty_store: Path, catalogue, tmp_path: Path) -> AsyncIterator[Stage]:
    engine, traces = loaded
    clock = engine._clock
    assert isinstance(clock, ManualClock)
    file = tmp_path / "api.db"
    shutil.copy(empty_store, file)
    database = Database(f"sqlite:///{file}")
    ids = RandomIds(clock)
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

    client = ApiClient(line, TOKEN, pause=at_once)
    configure(Services(client, clock))
    try:
        leader = Leader(app.state.context)
        yield Stage(engine, client, line, app, ids, clock, database, leader, traces=traces)
    finally:
        configure(None)
        await database.close()


@pytest.mark.parametrize(
    "transcript", TRANSCRIPTS, ids=[f"{one.file}: {one.name}" for one in TRANSCRIPTS]
)
async def test_the_transcript_is_held_as_written(stage: Stage, transcript: Transcript) -> None:
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
        protocol += [f"> {text}", *(f"  {one}" for one in heard.texts)]
        protocol += [f"  [{title}]" for title, _ in heard.buttons]
        found = faults(_numbered(written, number, talk), heard)
        if "cases" in step and (count := await stage.cases(citizen)) != step["cases"]:
            found.append(f"{count} cases, not {step['cases']}")
        assert not found, "\n".join([*found, "", *protocol])
        assert heard.texts, "\n".join(["the bot stays silent", *protocol])
    _shown(protocol)


def _tapped(title: str, buttons: tuple[tuple[str, str], ...]) -> str:
    offered = dict(buttons)
    assert title in offered, f"no button {title!r} to tap, only {list(offered)}"
    return offered[title]


def _numbered(value: Any, number: str, talk: str) -> Any:
    if isinstance(value, str):
        return value.replace("{number}", number).replace("{talk}", talk)
    if isinstance(value, Mapping):
        return {key: _numbered(one, number, talk) for key, one in value.items()}
    return [_numbered(one, number, talk) for one in value] if isinstance(value, list) else value


def _shown(protocol: list[str]) -> None:
    """Captured by pytest and shown with `-rP`: the conversation as it went."""
    print("\n".join(protocol))  # noqa: T201


def test_the_transcripts_are_many_and_named_apart() -> None:
    names = [one.name for one in TRANSCRIPTS]
    assert len(names) >= 36
    assert len(set(names)) == len(names)
