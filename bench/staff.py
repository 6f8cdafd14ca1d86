"""Make API tokens of staff for measurements, with the operator's command."""

import asyncio
from pathlib import Path

from api.client import ApiClient
from bench.servers import ROOT, Server


async def token(
    var: Path, role: str, unit: str | None = None, *, database_url: str | None = None
) -> str:
    """Make an API token for the data under `var`, or in the database at `database_url`.

    Raises:
        RuntimeError: the command failed; the message has its output.
    """
    words = ["-m", "solvefirst", "db", "token", "Bench", "--role", role]
    database = {"SOLVEFIRST_DATABASE_URL": database_url} if database_url else {}
    process = await asyncio.create_subprocess_exec(
        *Server.command(*words, *(("--unit", unit) if unit else ())),
        cwd=ROOT,
        env=Server.environment({"SOLVEFIRST_VAR": str(var), "NO_COLOR": "1", **database}),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"no token for {role}: {output.decode()}")
    return output.decode().split()[0]


async def unit_token(base: str, var: Path, database_url: str | None = None) -> str:
    """Make a token of the unit with the newest case of the server at `base`, data in `var`."""
    secret = await token(var, "clerk", database_url=database_url)
    clerk = ApiClient.over_http(base, secret)
    try:
        newest = (await clerk.cases(limit=1)).items[0]
    finally:
        await clerk.close()
    if newest.unit is None:
        raise RuntimeError(f"no unit has case {newest.number}")
    return await token(var, "unit", newest.unit.code, database_url=database_url)
