"""Show `/console/jobs`: background jobs for administrators, with progress, cancel and retry."""

from collections.abc import Awaitable, Callable

from nicegui.element import Element

from api.console.frame import frame
from api.console.nodes import node, slot
from api.console.view import wording
from api.console.visit import Visit
from api.domain.tasks import JobTask
from api.people.rules.staff import Staff
from api.services.background import begin_run, cancel_run, list_runs, run_again
from kernel.jobs.run_rows import OVER, RunRow, RunState

_WAY = "nav_jobs"
_COLOURS = {
    RunState.RUNNING: "handling",
    RunState.WAITING: "submitted",
    RunState.FAILED: "rejected",
    RunState.DONE: "closed",
    RunState.CANCELLED: "withdrawn",
}


class JobsScreen:
    """The page of one visitor."""

    def __init__(self, visit: Visit, staff: Staff) -> None:
        self._visit = visit
        self._staff = staff
        self._shown: list[RunRow] | None = None
        self._table: Element

    async def build(self) -> None:
        """Build the page.

        Raises:
            Forbidden: the visitor is no administrator.
        """
        visit = self._visit
        runs = await self._read()
        with frame(visit, self._staff, visit.say("jobs_title"), _WAY):
            with node("div", classes="title"), node("div"):
                node("h1", visit.say("jobs_title"))
                node("p", visit.say("jobs_hint"), "soft")
            with node("p", classes="jobs-begin"):
                for task in JobTask:
                    words = visit.say("jobs_begin", task=visit.say(f"job_{task}"))
                    self._button(words, f"begin {task}", self._begin(task))
            self._table = slot()
        self._draw(runs)
        visit.keep_up(self._look, lambda: None)

    async def _read(self) -> list[RunRow]:
        return await self._visit.context.database.read(list_runs, await self._visit.actor())

    async def _look(self) -> None:
        self._draw(await self._read())

    def _draw(self, runs: list[RunRow]) -> None:
        if runs == self._shown:
            return
        self._shown = runs
        visit = self._visit
        self._table.clear()
        with self._table:
            if not runs:
                with node("div", classes="nothing"):
                    node("h2", visit.say("jobs_none"))
                    node("p", visit.say("jobs_none_hint"))
                return
            with node("table", classes="queue jobs"):
                with node("thead"), node("tr"):
                    for key in ("task", "state", "progress", "at"):
                        node("th", visit.say(f"jobs_{key}"), scope="col")
                    node("td")
                with node("tbody"):
                    for run in runs:
                        self._row(run)

    def _row(self, run: RunRow) -> None:
        visit = self._visit
        with node("tr", data_key=run.id):
            node("th", visit.say_or(f"job_{run.task}", run.task), scope="row")
            with node("td"):
                key = "stopping" if run.cancelling and run.state not in OVER else run.state
                node("span", visit.say(f"jobs_{key}"), f"state {_COLOURS[run.state]}")
                if run.error:
                    node("small", run.error)
            with node("td", classes="figures"):
                self._progress(run)
            now = visit.context.desk.clock.now()
            node("td", wording.moment(visit, run.ended_at or run.updated_at, now), "figures")
            with node("td"):
                if run.state in (RunState.FAILED, RunState.CANCELLED):
                    self._button(visit.say("jobs_again"), f"again {run.id}", self._again(run.id))
                elif run.state not in OVER and not run.cancelling:
                    self._button(visit.say("jobs_cancel"), f"cancel {run.id}", self._cancel(run.id))

    def _progress(self, run: RunRow) -> None:
        visit = self._visit
        name = visit.say_or(f"job_{run.task}", run.task)
        if run.total:
            node("progress", value=str(run.done), max=str(run.total), aria_label=name)
            node("small", visit.say("jobs_done_of", done=run.done, total=run.total))
        elif run.state is RunState.RUNNING:
            node("progress", aria_label=name)

    def _begin(self, task: JobTask) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            context = self._visit.context
            actor = await self._visit.actor()
            await context.database.run(begin_run, context.desk, actor, task)

        return act

    def _again(self, id_: str) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            context = self._visit.context
            actor = await self._visit.actor()
            await context.database.run(run_again, context.desk, actor, id_)

        return act

    def _cancel(self, id_: str) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            context = self._visit.context
            actor = await self._visit.actor()
            await context.database.run(cancel_run, context.desk, actor, id_)

        return act

    def _button(self, words: str, key: str, act: Callable[[], Awaitable[None]]) -> None:
        visit = self._visit

        async def acted() -> None:
            await act()
            await self._look()

        async def clicked() -> None:
            await visit.attempt(acted)

        button = node("button", words, "quiet", type="button", data_key=key)
        button.on("click", clicked, js_handler="() => emit()")
