"""Register all pages of the console by path on NiceGUI, which this module imports."""

from collections.abc import Callable, Mapping
from typing import Protocol

from fastapi import FastAPI
from nicegui import Client, core, ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.console.cases.calls import CallsScreen
from api.console.cases.case import CaseScreen
from api.console.cases.intake import IntakeScreen
from api.console.cases.queue import QueueScreen
from api.console.cases.together import TogetherScreen
from api.console.context import ROOT, ConsoleContext
from api.console.frame import frame
from api.console.jobs import JobsScreen
from api.console.nodes import link, node
from api.console.people.accounts import PeopleScreen
from api.console.people.audit import AuditScreen
from api.console.view.navigation import ways
from api.console.visit import Visit
from api.errors import Forbidden, Refusal, Unauthenticated
from api.figures.pages.figures import FiguresScreen
from api.figures.pages.supervision import SupervisionScreen
from api.live.pages.desk import DeskScreen
from api.people.rules.staff import Staff
from api.webhooks.pages import DeliveriesScreen


class Screen(Protocol):
    """The page of one visitor."""

    async def build(self) -> None:
        """Read the data and build the page; a `Refusal` is shown as an apology."""


_SCREENS: Mapping[str, Callable[[Visit, Staff], Screen]] = {
    "/cases": QueueScreen,
    "/new": IntakeScreen,
    "/calls": CallsScreen,
    "/desk": DeskScreen,
    "/together": TogetherScreen,
    "/supervision": SupervisionScreen,
    "/figures": FiguresScreen,
    "/deliveries": DeliveriesScreen,
    "/staff": PeopleScreen,
    "/audit": AuditScreen,
    "/jobs": JobsScreen,
}

_current: list[ConsoleContext] = []
"""The running console: NiceGUI's routes belong to the process, so there is only one."""


def build(context: ConsoleContext) -> FastAPI:
    """Build NiceGUI's app; its lifespan must be entered before the first page."""
    shell = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    core.app.config.socket_io_js_transports = ["websocket"]
    first = not _current
    _current[:] = [context]
    if first:
        _routes()
    ui.run_with(
        shell,
        title="SolveFirst",
        favicon=None,
        language=None,
        dark=False,
        tailwind=False,
        reconnect_timeout=10,
        show_welcome_message=False,
        # No storage secret of NiceGUI: it would add a second cookie for an unused storage.
        storage_secret=None,
        mount_path="/",
    )
    return shell


def _routes() -> None:
    @ui.page("/")
    async def home(request: Request, client: Client) -> Response:
        staff = await _visit(request, client).staff()
        return RedirectResponse(ways(staff)[0][1], status_code=303)

    for path, screen in _SCREENS.items():
        _page(path, screen)

    @ui.page("/cases/{number}")
    async def case(request: Request, client: Client, number: str) -> Response | None:
        return await _show(request, client, lambda visit, staff: CaseScreen(visit, staff, number))


def _page(path: str, screen: Callable[[Visit, Staff], Screen]) -> None:
    @ui.page(path)
    async def page(request: Request, client: Client) -> Response | None:
        return await _show(request, client, screen)


def _visit(request: Request, client: Client) -> Visit:
    return Visit(_current[0], request, client)


async def _show(
    request: Request, client: Client, screen: Callable[[Visit, Staff], Screen]
) -> Response | None:
    visit = _visit(request, client)
    try:
        staff = await visit.staff()
        await screen(visit, staff).build()
    except Unauthenticated:
        return RedirectResponse(f"{ROOT}/sign-in", status_code=303)
    except Forbidden:
        _apology(visit, staff, "page_forbidden")
    except Refusal as refused:
        _apology(visit, staff, "page_refused", visit.refusal(refused))
    return None


def _apology(visit: Visit, staff: Staff, key: str, hint: str | None = None) -> None:
    with frame(visit, staff, visit.say(key), ""), node("div", classes="nothing"):
        node("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
        node("h1", visit.say(key))
        node("p", hint or visit.say(f"{key}_hint"))
        link(visit.say("home"), ways(staff)[0][1], "button")
