"""Background jobs as administrators see them, and the long work that goes by them."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from case_service import CaseService
from sqlalchemy import select

import kernel.jobs.embedded
from api.domain.tasks import JobTask
from api.errors import Forbidden, JobNotRunnable
from api.people.rules.actor import Actor, Role
from api.privacy.jobs import erase_ended
from api.privacy.service import AT_ONCE
from api.privacy.tables import erasure_due
from api.services.background import begin_run, cancel_run, list_runs, run_again
from api.store.cases.tables import cases
from kernel.database.migrate import upgrade
from kernel.jobs import run_rows
from kernel.jobs.embedded import EmbeddedJobs
from kernel.jobs.fleet import FleetJobs
from kernel.jobs.fleet_schema import ensure_schema
from kernel.jobs.run_rows import RunState
from kernel.jobs.runs import Run, Runs

KERNEL = Path(kernel.jobs.embedded.__file__).parents[1] / "migrations"
ADMIN = Actor(id="adm_1", name="Admin", role=Role.ADMIN)


@pytest.fixture
async def runs(service: CaseService, clock, ids) -> Runs:
    upgrade(service.database.engine, KERNEL, "alembic_version_kernel")
    if service.database.dialect == "postgresql":
        ensure_schema(service.database.engine)
        queue = FleetJobs(service.database, clock=clock)
    else:
        queue = EmbeddedJobs(service.database, clock=clock, ids=ids)
    made = Runs(queue, service.database, clock=clock, ids=ids)
    context = service.app.state.context
    object.__setattr__(context, "desk", replace(context.desk, background=made))
    return made


async def started(service: CaseService, run_id: str) -> Run:
    """Take a run as the queue would."""
    row = await service.database.run(run_rows.start, run_id, 5, service.clock.now())
    assert row is not None
    return Run(service.database, service.clock, row)


@pytest.mark.parametrize("role", [item for item in Role if item is not Role.ADMIN])
async def test_only_administrators_see_and_steer_jobs(service, runs, role):
    desk, actor = service.app.state.context.desk, replace(ADMIN, role=role)
    for act in (
        partial(list_runs, actor=actor),
        partial(begin_run, desk=desk, actor=actor, task=JobTask.TRAIN),
        partial(run_again, desk=desk, actor=actor, id_="run_1"),
        partial(cancel_run, desk=desk, actor=actor, id_="run_1"),
    ):
        with pytest.raises(Forbidden):
            await service.database.run(act)
    assert await service.database.read(list_runs, ADMIN) == []


async def test_an_administrator_begins_cancels_and_repeats_a_job(service, runs):
    desk, database = service.app.state.context.desk, service.database
    await database.run(begin_run, desk, ADMIN, JobTask.TRAIN)
    (row,) = await database.read(list_runs, ADMIN)
    assert (row.task, row.state) == ("train", RunState.WAITING)
    await database.run(cancel_run, desk, ADMIN, row.id)
    with pytest.raises(JobNotRunnable):
        await database.run(cancel_run, desk, ADMIN, row.id)
    await database.run(run_again, desk, ADMIN, row.id)
    with pytest.raises(JobNotRunnable):
        await database.run(run_again, desk, ADMIN, row.id)
    (row,) = await database.read(list_runs, ADMIN)
    assert (row.state, row.error, row.ended_at) == (RunState.WAITING, None, None)


async def test_a_process_without_a_queue_says_that_it_cannot_begin_jobs(service):
    with pytest.raises(JobNotRunnable):
        await service.database.run(begin_run, service.app.state.context.desk, ADMIN, JobTask.TRAIN)


async def test_of_many_ended_cases_the_first_are_erased_at_once_and_a_job_erases_the_rest(
    service, runs
):
    count, database = AT_ONCE + 5, service.database
    for n in range(count):
        case = await service.open(f"k{n}")
        await service.client.withdraw(case.number, "cnv_1", idempotency_key=f"w{n}")
    outcome = await service.client.erase_citizen("cnv_1")
    assert len(outcome.erased) == count
    assert (await service.client.cases(contact_point="cnv_1")).items == ()

    def left(tx):
        query = select(cases.c.number).where(cases.c.contact_sealed.is_not(None))
        return set(tx.execute(query).scalars()), set(
            tx.execute(select(erasure_due.c.number)).scalars()
        )

    worded, due = await database.read(left)
    assert worded == due
    assert len(due) == 5
    (row,) = await database.read(list_runs, ADMIN)
    assert (row.task, row.state) == (JobTask.ERASE_CASES, RunState.WAITING)
    context = service.app.state.context
    await erase_ended(await started(service, row.id), database, context.desk, context.files)
    assert await database.read(left) == (set(), set())
    (row,) = await database.read(list_runs, ADMIN)
    assert (row.done, row.total) == (0, 5)
