"""Read the states of this process's loops and background tasks as metric families."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from kernel.supervisor import Phase, Supervisor


def families(supervisor: Supervisor, now: datetime) -> Iterator[Metric]:
    """Read the supervisor's present state."""
    yield from _loops(supervisor, now)
    yield from _tasks(supervisor)


def _loops(supervisor: Supervisor, now: datetime) -> Iterator[Metric]:
    phase = GaugeMetricFamily(
        "solvefirst_loop_phase",
        "1 for the phase that a loop is in, 0 for the others.",
        labels=["loop", "phase"],
    )
    restarts = CounterMetricFamily(
        "solvefirst_loop_restarts",
        "Failures of a loop since the process began, each followed by a restart.",
        labels=["loop"],
    )
    failures = GaugeMetricFamily(
        "solvefirst_loop_failures",
        "Failures of a loop in a row, 0 when it does well.",
        labels=["loop"],
    )
    failing = GaugeMetricFamily(
        "solvefirst_loop_failing_seconds",
        "How long a loop has been failing, 0 when it does well.",
        labels=["loop"],
    )
    success = GaugeMetricFamily(
        "solvefirst_loop_last_success_age_seconds",
        "Time since the last step of a loop that ended well; absent before the first one.",
        labels=["loop"],
    )
    for loop in supervisor.loops:
        for state in Phase:
            phase.add_metric([loop.name, state.value], state is loop.phase)
        restarts.add_metric([loop.name], loop.restarts)
        failures.add_metric([loop.name], loop.failures)
        failing.add_metric([loop.name], _age(loop.failing_since, now))
        if loop.last_success is not None:
            success.add_metric([loop.name], _age(loop.last_success, now))
    yield from (phase, restarts, failures, failing, success)


def _tasks(supervisor: Supervisor) -> Iterator[Metric]:
    running = GaugeMetricFamily(
        "solvefirst_background_tasks", "Background tasks that run.", labels=["task"]
    )
    failed = CounterMetricFamily(
        "solvefirst_background_task_failures",
        "Background tasks that ended with an exception since the process began.",
        labels=["task"],
    )
    for task in supervisor.tasks:
        running.add_metric([task.name], task.running)
        failed.add_metric([task.name], task.failed)
    yield from (running, failed)


def _age(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max(0.0, (now - moment).total_seconds())
