"""Count what a message costs (statements, commits, JSON): equal on every machine."""

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
    """Cost of one message.

    `statements` are those sent to the database, each with its count. `written` and `read` count
    JSON texts made and read in Python, without those of pydantic's own core.
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
        """Number of statements."""
        return self.statements.total()

    @property
    def repeated(self) -> list[str]:
        """Statements that were sent more than once: a query in a loop, or repeated work."""
        return [text for text, times in self.statements.items() if times > 1]


class Tally:
    """Counts the work of this process while it is `watching`."""

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
                (MessageUnderstanding, "parse", "parses"),
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
        """Return the counts since the last call."""
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
    """Run the whole product in this process with its data under `var`; yield a client of it."""
    app = web_app(assemble(Settings(var=var, demo=True, **settings)))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://city") as client,
    ):
        yield client


async def count(var: Path, conversation: Sequence[str] = CONVERSATION) -> list[Cost]:
    """Run a conversation over the REST channel and count the cost of each message.

    Another conversation runs before it, so that one-time work of a process is not counted.

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
                    response = await client.post(PATH, content=content, headers=JSON)
                costs.append(tally.cost(message))
                answer = response.raise_for_status().json()
    if not has_receipt(answer):
        raise RuntimeError(f"the conversation ended without a receipt: {answer}")
    return costs


def costs_table(costs: Sequence[Cost]) -> str:
    """Make a table of each message's cost, and the mean."""
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
