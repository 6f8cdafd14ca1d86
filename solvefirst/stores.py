"""Open the two stores of a process by URL, migrate them, and show their versions."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

import api.migrations
import bot.migrations
import kernel.jobs
from kernel import private
from kernel.database.database import Database, normalise
from kernel.database.migrate import current, head, upgrade
from solvefirst.settings import Settings

KERNEL_MIGRATIONS = Path(kernel.jobs.__file__).parents[1] / "migrations"


@dataclass(frozen=True, slots=True)
class Chain:
    """One package's chain of migrations on the database of its tables."""

    room: str
    database: Database
    scripts: Path

    @property
    def version_table(self) -> str:
        """Name of the table with the database's revision."""
        return f"alembic_version_{self.room}"

    def at(self) -> str | None:
        """Return the database's revision."""
        return current(self.database.engine, self.version_table)

    def is_empty(self) -> bool:
        """Return whether its tables do not exist, if the database can be reached."""
        try:
            return self.at() is None
        except SQLAlchemyError:
            return False

    def newest(self) -> str | None:
        """Return the newest revision."""
        return head(self.scripts)


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of the citizen's side and the case service; one database if the URLs are equal.

    Sharing matters on SQLite: a file has one writer, and two would wait for each other.
    """

    bot: Database
    api: Database

    @classmethod
    def open(cls, settings: Settings) -> "Stores":
        """Make the data folder private and open both stores. They do not connect yet.

        Raises:
            ValueError: a URL names an unsupported database.
        """
        private.mend(settings.var)
        api_database = Database(settings.api_database)
        if normalise(settings.bot_database) == normalise(settings.api_database):
            return cls(api_database, api_database)
        return cls(Database(settings.bot_database), api_database)

    def chains(self) -> Iterator[Chain]:
        """Yield each package's chain, the kernel's on both databases."""
        yield Chain("kernel", self.api, KERNEL_MIGRATIONS)
        if self.bot is not self.api:
            yield Chain("kernel", self.bot, KERNEL_MIGRATIONS)
        yield Chain("api", self.api, api.migrations.MIGRATIONS)
        yield Chain("bot", self.bot, bot.migrations.MIGRATIONS)

    def empty(self, rooms: Container[str]) -> list[str]:
        """Return the URLs, without passwords, of databases without the tables of `rooms`.

        A database that cannot be reached now is not included: a process may start before it.
        """
        return [
            show_url(chain.database)
            for chain in self.chains()
            if chain.room in rooms and chain.is_empty()
        ]

    def upgrade(self) -> None:
        """Migrate both stores to this version, if needed."""
        for chain in self.chains():
            upgrade(chain.database.engine, chain.scripts, chain.version_table)
        for database in {id(store): store for store in (self.api, self.bot)}.values():
            if database.dialect == "postgresql":
                # Imported only here: procrastinate would slow the start of a process on SQLite.
                from kernel.jobs.fleet_schema import ensure_schema  # noqa: PLC0415

                ensure_schema(database.engine)

    async def close(self) -> None:
        """Close connections and threads."""
        await self.api.close()
        if self.bot is not self.api:
            await self.bot.close()


def show_url(database: Database) -> str:
    """Return a database's URL without its password."""
    return database.engine.url.render_as_string(hide_password=True)


def run_upgrade(console: Console) -> int:
    """Migrate both stores to this version and print the result."""
    stores = Stores.open(Settings())
    before = [(chain, chain.at()) for chain in stores.chains()]
    stores.upgrade()
    for chain, revision in before:
        now = chain.at()
        change = "is current" if now == revision else f"{revision or 'empty'} → {now}"
        console.print(f"{chain.room:7} {change}   {show_url(chain.database)}")
    return 0


def run_status(console: Console) -> int:
    """Show each store's revision; return 1 when one is old or cannot be reached."""
    table = Table("room", "at", "newest", "database", box=None)
    behind = False
    for chain in Stores.open(Settings()).chains():
        try:
            at = chain.at()
        except SQLAlchemyError as error:
            table.add_row(chain.room, "unreachable", chain.newest(), str(error.args[0])[:120])
            behind = True
            continue
        behind |= at != chain.newest()
        table.add_row(chain.room, at or "empty", chain.newest(), show_url(chain.database))
    console.print(table)
    if behind:
        console.print("Run [bold]solvefirst db upgrade[/bold].")
    return int(behind)
