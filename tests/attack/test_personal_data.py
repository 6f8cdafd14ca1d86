"""A citizen marked in every declared column is forgotten, kept and copied as the columns say."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from case_service import LANE, CaseService, case_service
from marks import Marks, everything, expected, on_disk, plant
from some_files import keep, photo
from sqlalchemy import Table, select

from api.live.tables import live_session
from api.people.rules.actor import Role
from api.people.tables import audit
from api.privacy.jobs import tidying_of_citizens
from api.services.attachments.uploads import Uploads
from api.store.attachments.files import LocalFiles, SealedFiles
from api.tables import TABLES
from kernel import json
from kernel.logging import configure, get_logger
from kernel.privacy.personal import AUDITED, Copied, Fate, Term, table_of
from solvefirst.documents.personal_data import STORES, hidden_in_logs

KINDS = ("case", "point", "talk")
DECLARED = expected(TABLES, KINDS)


def everywhere() -> list[Table]:
    """All tables of the product."""
    return [table for store in STORES.values() for table in store.sorted_tables]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, down to DEBUG."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure("DEBUG", json=True, stream=stream, hide=hidden_in_logs())
    # A logger that keeps its first configuration could not be captured by any later test.
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    structlog.reset_defaults()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.fixture
async def service(database_url, clock, tmp_path):
    async with case_service(database_url, clock) as running:
        context = running.app.state.context
        files = SealedFiles(LocalFiles(tmp_path / "files"), running.keyring)
        object.__setattr__(context, "files", files)
        uploads = Uploads(running.database, context.desk, files)
        object.__setattr__(context, "uploads", uploads)
        yield running


async def a_citizen(service: CaseService, point: str) -> Marks:
    """Have somebody with a case, a report and two files, one loose; mark all that is theirs."""
    bound = await keep(service, photo(), point)
    case = await service.open(point, contact_point=point, attachments=[bound.id], owed=["photo"])
    report = await service.open(f"{point}-again", contact_point=point, kind="report")
    await keep(service, photo(), point)
    talk = f"talk_{point}"
    marks = Marks({"case": [case.number, report.number], "point": [point], "talk": [talk]})
    ended = {"state": "ended", "ending": "left", "lines": 1, "channel": "web", "language": "zh"}
    samples = {
        "live_talk": {**ended, "session": "session", "contact_point": point},
        "live_line": {"speaker": "citizen"},
        "assessment_view": {"stand": "ours"},
        "survey": {"phase": "ended", "round": 1},
        "category_correction": {"before": "0201", "after": "0201"},
    }

    def mark(tx):
        if tx.scalar(live_session.select()) is None:
            now = service.clock.now()
            names = {"leader_title": {"zh": "局长", "en": "Head"}, "scope": {"zh": "路", "en": "R"}}
            texts = dict.fromkeys(("leader", "leader_name", "unit"), "x")
            times = {"opens_at": now, "closes_at": now, "ended_at": now}
            tx.execute(live_session.insert(), {"id": "session", **texts, **names, **times})
        now = service.clock.now()
        plant(tx, TABLES, service.keyring, marks, now, samples, appended=("case_history",))

    await service.database.run(mark)
    assert marks.columns() == set(DECLARED)
    return marks


async def kept(service: CaseService, folder: Path) -> bytes:
    """All that can be found: rows, and on SQLite the bytes of the database and its log."""
    return await everything(service.database, TABLES, service.keyring) + on_disk(folder)


async def test_who_is_forgotten_leaves_no_mark_and_a_neighbour_keeps_all(service, tmp_path, log):
    mine, other = await a_citizen(service, "cnv_1"), await a_citizen(service, "cnv_2")
    assert mine.left_in(await kept(service, tmp_path)) == set(DECLARED)
    outcome = await service.client.erase_citizen("cnv_1", withdraw=True)
    assert (len(outcome.erased), outcome.files) == (2, 2)
    stay = {name for name, item in DECLARED.items() if item.erased is Fate.KEPT}
    after = await kept(service, tmp_path)
    assert mine.left_in(after) == stay
    assert other.left_in(after) == set(DECLARED)
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 2
    get_logger("api").info("case_seen", number=mine.owners["case"][0])
    assert mine.owners["case"][0] in log.getvalue()
    assert mine.left_in(log.getvalue().encode()) == set()


async def test_a_copy_holds_all_that_is_declared_to_be_copied_and_nothing_of_a_neighbour(
    service, tmp_path
):
    mine, other = await a_citizen(service, "cnv_1"), await a_citizen(service, "cnv_2")
    ticket = await service.client.export_ticket("cnv_1", "web")
    body = json.dumps({"ticket": ticket.ticket}).encode()
    reply = await service.raw("POST", "/v1/citizens/exports/redeem", body)
    assert reply.status == 200
    export = reply.body
    assert other.left_in(export) == set()
    copied = {name for name, item in DECLARED.items() if item.copied is not Copied.NOT}
    assert len(copied) > 10
    assert mine.left_in(export) == copied


async def test_a_log_shows_nothing_under_the_name_of_a_declared_column(service, log):
    """Not its ending of an encrypted column either, nor within a structure."""
    marks = await a_citizen(service, "cnv_1")
    readable = {name for table in everywhere() for name in table_of(table).columns}
    for name, (mark, *_) in marks.of.items():
        for field in {name.split(".")[1], name.split(".")[1].removesuffix("_sealed")} - readable:
            get_logger("api").info("seen", **{field: mark.decode()})
            get_logger("api").info("seen", row={field: [mark.decode()]})
    assert log.getvalue().count("[redacted]") > 30
    assert marks.left_in(log.getvalue().encode()) == set()


async def test_what_is_over_is_gone_by_itself_and_nothing_else(service, clock, tmp_path):
    marks = await a_citizen(service, "cnv_1")
    over = {name for name, item in DECLARED.items() if isinstance(item.until, Term)}
    with_rows = {table.name for table in TABLES if table_of(table).until is not None}
    over |= {name for name in DECLARED if name.split(".")[0] in with_rows}
    assert len(over) >= 5
    clock.advance(days=80)
    while await service.expire():
        pass
    assert marks.left_in(await kept(service, tmp_path)) == set(DECLARED)
    clock.advance(days=300)
    while await service.expire():
        pass
    context = service.app.state.context
    for step in tidying_of_citizens(service.database, context.desk, context.files):
        while await step():
            pass
    assert marks.left_in(await kept(service, tmp_path)) == set(DECLARED) - over


async def test_no_staff_is_shown_a_contact_or_a_reporter_without_a_note_in_the_audit(service):
    """Every path that can be read, as every role: the answer is searched for the marks."""
    marks = await a_citizen(service, "cnv_1")
    noted = {name for name, item in DECLARED.items() if item.what in AUDITED}
    assert noted == {"cases.contact_sealed", "reporter.identity_sealed"}
    paths = [
        path.replace("{number}", number)
        for path, methods in service.app.openapi()["paths"].items()
        for number in marks.owners["case"]
        if "get" in methods and "{" not in path.replace("{number}", "")
    ]
    assert len(set(paths)) > 10
    seen = set()
    for role in (Role.CLERK, Role.UNIT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN):
        token = await service.token(role, LANE if role is Role.UNIT else None)
        for path in sorted(set(paths)):
            before = await notes(service)
            reply = await service.raw("GET", path, token=token)
            assert reply.status < 500, path
            shown = marks.left_in(reply.body) & noted
            if shown:
                seen |= shown
                assert len(await notes(service)) > len(before), f"{role} {path} {shown}"
    assert seen == noted


async def notes(service: CaseService) -> list[str]:
    """The actions that the audit notes."""
    return await service.database.read(
        lambda tx: list(tx.execute(select(audit.c.action)).scalars())
    )
