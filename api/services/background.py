"""Use cases of background jobs: administrators list, start, cancel and retry them."""

from api.domain.tasks import JobTask
from api.errors import JobNotRunnable
from api.people.rules.actor import Actor
from api.people.rules.permissions import Action, authorize
from api.ports import Background
from api.services.desk import ServiceDesk
from kernel.database.transaction import Transaction
from kernel.jobs import run_rows
from kernel.jobs.run_rows import RunRow

_LISTED = 100


def list_runs(tx: Transaction, actor: Actor) -> list[RunRow]:
    """List runs: running ones, then failed ones, then the rest, each newest first.

    Raises:
        Forbidden: the actor is not an administrator.
    """
    authorize(actor, Action.MANAGE_JOBS)
    return run_rows.newest(tx, _LISTED)


def begin_run(tx: Transaction, desk: ServiceDesk, actor: Actor, task: JobTask) -> None:
    """Enqueue a job by hand, unless one waits already.

    Raises:
        Forbidden: the actor is not an administrator.
        JobNotRunnable: this process cannot enqueue jobs.
    """
    authorize(actor, Action.MANAGE_JOBS)
    _background(desk, task).begin(tx, task)


def run_again(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> None:
    """Run a failed or cancelled job again from its position.

    Raises:
        Forbidden: the actor is not an administrator.
        JobNotRunnable: it is neither, or a newer job of its task waits already.
    """
    authorize(actor, Action.MANAGE_JOBS)
    if not _background(desk, id_).again(tx, id_):
        raise JobNotRunnable(job=id_[:64])


def cancel_run(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> None:
    """Cancel a job: it stops at its next step, or never starts.

    Raises:
        Forbidden: the actor is not an administrator.
        JobNotRunnable: it has ended.
    """
    authorize(actor, Action.MANAGE_JOBS)
    if not _background(desk, id_).cancel(tx, id_):
        raise JobNotRunnable(job=id_[:64])


def _background(desk: ServiceDesk, named: str) -> Background:
    if desk.background is None:
        raise JobNotRunnable(job=named[:64])
    return desk.background
