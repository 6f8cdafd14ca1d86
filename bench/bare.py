"""Baseline of `road_in`: a FastAPI endpoint with the same transactions and no logic.

It replays a recording of one real conversation's writes: the same two commits per message through
the same `Database`, the same statements, rows and sizes, and the case service's own commit where
the conversation opened a case. It has no understanding, no decisions and no encryption.

    python -m bench.bare RECORDING DATABASE_URL PORT
"""

import asyncio
import itertools
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import insert

import api.migrations
import bot.migrations
from api import tables
from bench.recording import Recording
from bot.store import conversations as store
from bot.store import turns
from kernel.database.database import Database, Transaction
from kernel.database.migrate import upgrade

LEASE = timedelta(seconds=15)


def app(recording: Recording, database: Database) -> FastAPI:
    """Make the endpoint."""
    bare = FastAPI()
    fresh = itertools.count()
    inserts = {name: insert(tables.metadata.tables[name]) for name in recording.case_rows}
    seen: dict[str, int] = {}

    def open_case(tx: Transaction, conversation: str) -> None:
        serial = next(fresh)
        for name, rows in recording.case_rows.items():
            tx.execute(
                inserts[name], [recording.renewed(row, conversation, serial) for row in rows]
            )

    @bare.get("/health/ready")
    async def ready() -> dict[str, str]:
        return {"status": "ok"}

    @bare.post("/webhooks/rest/webhook")
    async def webhook(request: Request) -> JSONResponse:
        body: dict[str, Any] = json.loads(await request.body())
        sender = body["sender"]
        turn = recording.turns[seen.get(sender, 0)]
        seen[sender] = seen.get(sender, 0) + 1
        now = datetime.now(UTC)
        claimed = await database.run(
            store.claim,
            store.Claim(
                conversation=f"cnv_{sender}",
                channel="rest",
                address_index=sender.encode().ljust(32, b"."),
                address=bytes(recording.address),
                message_id=f"m{next(fresh)}",
                body=bytes(turn.body),
                language=None,
                words=(),
                owner="bare",
                now=now,
                until=now + LEASE,
            ),
        )
        if turn.opens_case:
            await database.run(open_case, f"cnv_{sender}")
        assert claimed.lease is not None
        ending = turns.TurnCommit(
            state=bytes(turn.state),
            language="zh",
            replies=[bytes(size) for size in turn.replies],
            status=store.Status.SENT,
            now=now,
            until=now + LEASE,
        )
        await database.run(turns.end_turn, claimed.lease, ending)
        return JSONResponse(turn.answer)

    return bare


def main() -> None:
    """Serve until interrupted."""
    recording = Recording.load(Path(sys.argv[1]))
    database = Database(sys.argv[2])
    upgrade(database.engine, api.migrations.MIGRATIONS, api.migrations.VERSION_TABLE)
    upgrade(database.engine, bot.migrations.MIGRATIONS, bot.migrations.VERSION_TABLE)
    try:
        uvicorn.run(
            app(recording, database),
            port=int(sys.argv[3]),
            http="httptools",
            loop="uvloop",
            access_log=False,
            log_level="warning",
        )
    except KeyboardInterrupt:
        pass
    finally:
        asyncio.run(database.close())
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
