"""Show background jobs to administrators, who begin, cancel and repeat them."""

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
    """List runs: those under way, then the failed ones, then the rest, newest first.

    Raises:
        Forbidden: the actor is no administrator.
    """
    authorize(actor, Action.MANAGE_JOBS)
    return run_rows.newest(tx, _LISTED)


def begin_run(tx: Transaction, desk: ServiceDesk, actor: Actor, task: JobTask) -> None:
    """Begin a job by hand; one that waits already is enough.

    Raises:
        Forbidden: the actor is no administrator.
        JobNotRunnable: this process cannot begin jobs.
    """
    authorize(actor, Action.MANAGE_JOBS)
    _background(desk, task).begin(tx, task)


def run_again(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> None:
    """Run a failed or cancelled job again, from where it was.

    Raises:
        Forbidden: the actor is no administrator.
        JobNotRunnable: it is neither, or a newer one of its kind waits already.
    """
    authorize(actor, Action.MANAGE_JOBS)
    if not _background(desk, id_).again(tx, id_):
        raise JobNotRunnable(job=id_[:64])


def cancel_run(tx: Transaction, desk: ServiceDesk, actor: Actor, id_: str) -> None:
    """Stop a job at its next step; one that has not started never does.

    Raises:
        Forbidden: the actor is no administrator.
        JobNotRunnable: it is over.
    """
    authorize(actor, Action.MANAGE_JOBS)
    if not _background(desk, id_).cancel(tx, id_):
        raise JobNotRunnable(job=id_[:64])


def _background(desk: ServiceDesk, named: str) -> Background:
    if desk.background is None:
        raise JobNotRunnable(job=named[:64])
    return desk.background
