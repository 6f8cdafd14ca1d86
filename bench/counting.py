"""What a message costs in things that can be counted: the same on every machine, busy or idle."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
from sqlalchemy import Engine, event

from api.transport import AsgiTransport
from bench.citizens import CONVERSATION, PATH, has_receipt
from bench.figures import table
from bot.dialogue.engine.embedded.turn.calls import Calls
from nlu.serve.understanding import MessageUnderstanding
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import assemble, web_app

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one message cost.

    `statements` are those sent to the database, each with how often it was; `written` and `read`
    are JSON texts made and read in Python, those of pydantic's own core not counted.
    """

    message: str
    commits: int
    statements: Counter[str]
    parses: int
    actions: int
    calls: int
    written: int
    read: int

    @property
    def queries(self) -> int:
        """How many statements there were."""
        return self.statements.total()

    @property
    def repeated(self) -> list[str]:
        """The statements that were sent more than once: a query in a loop, or work done twice."""
        return [text for text, times in self.statements.items() if times > 1]


class Tally:
    """Counts what goes on in this process while it is `watching`."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.statements: Counter[str] = Counter()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count until the block ends."""
        with ExitStack() as stack:
            for name, listener in (
                ("commit", self._commit),
                ("before_cursor_execute", self._statement),
            ):
                event.listen(Engine, name, listener)
                stack.callback(event.remove, Engine, name, listener)
            for owner, name, what in (
                (MessageUnderstanding, "_first", "parses"),
                (Calls, "run", "actions"),
                (AsgiTransport, "send", "calls"),
                (orjson, "dumps", "written"),
                (json.JSONEncoder, "encode", "written"),
                (orjson, "loads", "read"),
                (json.JSONDecoder, "decode", "read"),
            ):
                whole = getattr(owner, name)
                stack.callback(setattr, owner, name, whole)
                setattr(owner, name, self._counted(whole, what))
            yield

    def cost(self, message: str) -> Cost:
        """Give what was counted since the last time."""
        counts, statements = self.counts, self.statements
        self.counts, self.statements = Counter(), Counter()
        names = ("parses", "actions", "calls", "written", "read")
        counted = {name: counts[name] for name in names}
        return Cost(message, counts["commits"], statements, **counted)

    def _commit(self, _: Any) -> None:
        self.counts["commits"] += 1

    def _statement(self, *given: Any) -> None:
        self.statements[given[2]] += 1

    def _counted(self, whole: Callable[..., Any], what: str) -> Callable[..., Any]:
        def counted(*args: Any, **kw: Any) -> Any:
            self.counts[what] += 1
            return whole(*args, **kw)

        return counted


@asynccontextmanager
async def product(var: Path, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Run the whole product in this process, its data under `var`; give a client of it."""
    app = web_app(assemble(Settings(var=var, demo=True, **settings)))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://city") as client,
    ):
        yield client


async def count(var: Path, conversation: Sequence[str] = CONVERSATION) -> list[Cost]:
    """Hold a conversation over the REST channel and count what each message costs.

    Another one is held before it, so that what is done once in a process is not counted.

    Raises:
        RuntimeError: a message was refused, or the conversation ended without a receipt.
    """
    tally = Tally()
    costs = []
    answer: Any = None
    async with product(var) as client:
        for sender in ("before", "counted"):
            for message in conversation:
                body = {"sender": sender, "message": message}
                if sender == "before":
                    (await client.post(PATH, json=body)).raise_for_status()
                    continue
                content = json.dumps(body).encode()
                with tally.watching():
                    told = await client.post(PATH, content=content, headers=JSON)
                costs.append(tally.cost(message))
                answer = told.raise_for_status().json()
    if not has_receipt(answer):
        raise RuntimeError(f"the conversation ended without a receipt: {answer}")
    return costs


def costs_table(costs: Sequence[Cost]) -> str:
    """Make a table of what each message costs, and of the mean."""
    rows = [
        (
            cost.message,
            cost.commits,
            cost.queries,
            cost.parses,
            cost.actions,
            cost.calls,
            cost.written,
            cost.read,
        )
        for cost in costs
    ]
    columns = list(zip(*rows, strict=True))[1:]
    mean = ("mean", *(f"{sum(column) / len(costs):.1f}" for column in columns))
    head = (
        "message",
        "commits",
        "statements",
        "model calls",
        "action calls",
        "calls of the case service",
        "JSON written",
        "JSON read",
    )
    return table(head, [*rows, mean])
