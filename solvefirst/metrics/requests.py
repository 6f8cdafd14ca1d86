"""Measure the web server's answer times by route, method and class of status.

A request is labelled with its route's template (`/v1/cases/{number}`), because paths contain
numbers, codes and strangers' input. WebSockets, and requests of other parts of the same process
over ASGI, are not counted.
"""

from collections.abc import Iterable
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Histogram
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNMATCHED: Final = "unmatched"
"""Label of all paths without a route, and of refused hosts."""

NICEGUI: Final = "/_nicegui"
"""Prefix of NiceGUI's own routes; some are made when pages are drawn, so they count as one."""

METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

SECONDS: Final = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
"""Bounds of the histogram: few, because each is a line per route, method and status class."""


class RequestTimes:
    """ASGI: serves `app` and times each HTTP request until its answer is sent.

    Args:
        app: the outermost app of the process.
        registry: where the times are counted.
        routes: the routes of the FastAPI app inside, for the paths of mounts.
    """

    def __init__(
        self, app: ASGIApp, registry: CollectorRegistry, routes: Iterable[BaseRoute]
    ) -> None:
        self._app = app
        routes = list(routes)
        self._mounts = [route.path for route in routes if isinstance(route, Mount)]
        # FastAPI reports the matched route of its own routes, but only the endpoint of others.
        self._endpoints = {
            id(route.app if isinstance(route, Mount) else route.endpoint): route.path
            for route in routes
            if isinstance(route, Mount | Route)
        }
        self._seconds = Histogram(
            "solvefirst_http_request_duration_seconds",
            "From a request's header to the end of its answer, by the template of its route.",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=registry,
        )
        self._children: dict[tuple[str, str, str], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # of an app that raises before it answers

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = perf_counter()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._child(scope, status).observe(perf_counter() - began)

    def _child(self, scope: Scope, status: int) -> Histogram:
        method = scope["method"] if scope["method"] in METHODS else "other"
        labels = (method, self._template(scope), f"{status // 100}xx")
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._seconds.labels(*labels)
        return child

    def _template(self, scope: Scope) -> str:
        """Return the template of the matched route: the innermost, with the paths of its mounts."""
        template: str | None = getattr(scope.get("route"), "path", None)
        if template is None:
            return self._endpoints.get(id(scope.get("endpoint")), UNMATCHED)
        path = scope["path"]
        mount = next((prefix for prefix in self._mounts if path.startswith(f"{prefix}/")), "")
        if template.startswith(NICEGUI):
            template = NICEGUI
        return template if template == mount else mount + template
