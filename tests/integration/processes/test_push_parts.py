"""Events between processes: made in one, brought by another, told by a third."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from live_talk import issued_token
from patience import PATIENCE
from sqlalchemy import text

from api.client import ApiClient
from api.contract import OpenCase
from api.people.rules.actor import Role
from bench.citizens import PATH
from bench.http import Connection
from bench.servers import Server, free_port
from kernel.database.database import Database

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

TOKEN = "a-token-between-our-own-processes"
UNIT = "S320104002"


async def test_a_units_move_is_told_to_the_citizen_across_three_processes(
    tmp_path: Path, postgres_database_url: str, valkey_url: str
):
    ports = {part: free_port() for part in ("bot", "api", "jobs")}
    addresses = {part: f"http://127.0.0.1:{port}" for part, port in ports.items()}
    shared = {
        "SOLVEFIRST_DATABASE_URL": postgres_database_url,
        "SOLVEFIRST_REDIS_URL": valkey_url,
        "SOLVEFIRST_VAR": str(tmp_path / "var"),
        "SOLVEFIRST_SERVICE_TOKEN": TOKEN,
        "SOLVEFIRST_DEMO": "1",
        "SOLVEFIRST_LOG_LEVEL": "warning",
        "SOLVEFIRST_API_URL": addresses["api"],
        "SOLVEFIRST_BOT_URL": addresses["bot"],
    }
    secret = await issued_token(postgres_database_url, "Fuzimiao", Role.UNIT, UNIT)
    async with AsyncExitStack() as stack:
        for part, port in ports.items():
            server = await Server.start(
                ("-m", "solvefirst", "serve", "--only", part, "--port", str(port)),
                port,
                ready="/health/ready",
                env=shared,
                log=tmp_path / f"{part}.log",
            )
            stack.callback(server.stop)
        connection = await stack.enter_async_context(Connection("127.0.0.1", ports["bot"]))
        await connection.post(PATH, {"sender": "x", "message": "你好"})
        client = ApiClient.over_http(addresses["api"], TOKEN, timeout=PATIENCE)
        unit = ApiClient.over_http(addresses["api"], secret, timeout=PATIENCE)
        stack.push_async_callback(client.close)
        stack.push_async_callback(unit.close)
        order = OpenCase.model_validate(
            {
                "contact_point": await only_conversation(postgres_database_url),
                "channel": "rest",
                "kind": "complaint",
                "category": "0301",
                "happened": "楼道的灯坏了",
                "place": {"text": "夫子庙街道", "district": "320104", "street": "320104002"},
            }
        )
        case = await client.open_case(order, idempotency_key="open")
        await unit.sign_in(case.number)
        async with asyncio.timeout(PATIENCE):
            said = ""
            while case.number not in said:
                _, answer = await connection.post(PATH, {"sender": "x", "message": "谢谢"})
                said = " ".join(item.get("text", "") for item in answer)
                await asyncio.sleep(0.1)
    assert "签收" in said


async def only_conversation(url: str) -> str:
    database = Database(url)
    point = await database.read(lambda tx: tx.scalar(text("SELECT id FROM conversation")))
    await database.close()
    return str(point)
