"""The pages on NiceGUI, which is loaded with this module and not before."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from nicegui import Client, core, ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.console.case import CaseScreen
from api.console.context import ROOT, ConsoleContext
from api.console.deliveries import DeliveriesScreen
from api.console.desk import DeskScreen
from api.console.frame import frame, ways
from api.console.nodes import link, node
from api.console.people import PeopleScreen
from api.console.queue import QueueScreen
from api.console.visit import Visit
from api.domain.errors import Forbidden, Refusal, Unauthenticated
from api.domain.staff import Staff

Build = Callable[[Visit, Staff], Awaitable[None]]

_current: list[ConsoleContext] = []
"""The console that serves: NiceGUI keeps its routes for the process, so there is one at a time."""


def build(context: ConsoleContext) -> FastAPI:
    """Put NiceGUI's app together; its lifespan has to be entered before the first page."""
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
        # No secret of NiceGUI's own: it would add a second cookie, for a storage that is not used.
        storage_secret=None,
        mount_path="/",
    )
    return shell


def _routes() -> None:
    @ui.page("/")
    async def home(request: Request, client: Client) -> Response:
        staff = await _visit(request, client).staff()
        return RedirectResponse(ways(staff)[0][1], status_code=303)

    @ui.page("/cases", title="SolveFirst")
    async def queue(request: Request, client: Client) -> Response | None:
        async def build_queue(visit: Visit, staff: Staff) -> None:
            await QueueScreen(visit, staff).build()

        return await _show(request, client, build_queue)

    @ui.page("/deliveries")
    async def deliveries(request: Request, client: Client) -> Response | None:
        async def build_deliveries(visit: Visit, staff: Staff) -> None:
            await DeliveriesScreen(visit, staff).build()

        return await _show(request, client, build_deliveries)

    @ui.page("/staff")
    async def people(request: Request, client: Client) -> Response | None:
        async def build_people(visit: Visit, staff: Staff) -> None:
            await PeopleScreen(visit, staff).build()

        return await _show(request, client, build_people)

    @ui.page("/desk")
    async def desk(request: Request, client: Client) -> Response | None:
        async def build_desk(visit: Visit, staff: Staff) -> None:
            await DeskScreen(visit, staff).build()

        return await _show(request, client, build_desk)

    @ui.page("/cases/{number}")
    async def case(request: Request, client: Client, number: str) -> Response | None:
        async def build_case(visit: Visit, staff: Staff) -> None:
            await CaseScreen(visit, staff, number).build()

        return await _show(request, client, build_case)


def _visit(request: Request, client: Client) -> Visit:
    return Visit(_current[0], request, client)


async def _show(request: Request, client: Client, build_page: Build) -> Response | None:
    visit = _visit(request, client)
    try:
        staff = await visit.staff()
        await build_page(visit, staff)
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
