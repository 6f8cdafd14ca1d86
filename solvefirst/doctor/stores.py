"""Checks of `solvefirst doctor`: the stores and Redis."""

import asyncio
from collections.abc import Iterator

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from api.people.service.accounts import demo_logins
from kernel.database.transaction import Transaction
from solvefirst.dead_letters import counted
from solvefirst.doctor.finding import Finding, FindingLevel
from solvefirst.settings import Settings
from solvefirst.stores import Stores, show_url


def look_at_stores(settings: Settings) -> Iterator[Finding]:
    """Check both stores: schema, demo accounts and dead letters."""
    try:
        stores = Stores.open(settings)
    except ValueError as error:
        yield Finding("database", FindingLevel.WRONG, str(error), "Set SOLVEFIRST_DATABASE_URL.")
        return
    try:
        yield from _chains(stores)
        yield from _demo_accounts(settings, stores)
        yield from _dead_letters(stores)
    finally:
        asyncio.run(stores.close())


def _chains(stores: Stores) -> Iterator[Finding]:
    for chain in stores.chains():
        subject = f"database, {chain.room}"
        try:
            at = chain.at()
        except SQLAlchemyError as error:
            yield Finding(
                subject,
                FindingLevel.WRONG,
                f"{show_url(chain.database)}: {str(error.args[0]).strip()}",
                "Is it running, and are the URL's host, name and password right?",
            )
            continue
        if at == chain.newest():
            yield Finding(subject, FindingLevel.FINE, f"{show_url(chain.database)} at {at}")
        else:
            yield Finding(
                subject,
                FindingLevel.MIND,
                f"{show_url(chain.database)} is at {at or 'nothing'}, not {chain.newest()}",
                "`solvefirst db upgrade`; a single process does it when it starts.",
            )


def _demo_accounts(settings: Settings, stores: Stores) -> Iterator[Finding]:
    try:
        with stores.api.engine.connect() as connection:
            logins = demo_logins(Transaction(connection, stores.api.dialect))
    except SQLAlchemyError:
        return  # missing or old tables are already reported
    if logins and not settings.demo:
        yield Finding(
            "demo accounts",
            FindingLevel.MIND,
            f"{', '.join(logins)} are in this store; their password is published, so they are"
            " refused",
            "Open accounts of your own (`solvefirst staff add`), close these (`solvefirst staff"
            " disable LOGIN`), and keep demo data in a folder of its own.",
        )


def _dead_letters(stores: Stores) -> Iterator[Finding]:
    found = counted(stores)
    seen = ", ".join(f"{name} {count}" for name, count in found.items())
    if any(found.values()):
        yield Finding(
            "dead letters",
            FindingLevel.MIND,
            seen,
            "`solvefirst dead-letters list` tells why, `replay` tries them again.",
        )
    elif found:
        yield Finding("dead letters", FindingLevel.FINE, seen)


def look_at_redis(settings: Settings) -> Finding:
    """Check that the Redis server answers, if one is set."""
    url = settings.redis_url
    if url is None:
        return Finding("Redis", FindingLevel.FINE, "not used: one process needs none")

    async def ping() -> None:
        server = Redis.from_url(url, socket_connect_timeout=2)
        try:
            await server.ping()
        finally:
            await server.aclose()

    try:
        asyncio.run(ping())
    except (RedisError, OSError, ValueError) as error:
        return Finding(
            "Redis",
            FindingLevel.WRONG,
            str(error),
            "Processes wake each other more slowly without it; nothing is lost. Check the URL.",
        )
    return Finding("Redis", FindingLevel.FINE, "answers")
