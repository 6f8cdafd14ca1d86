"""Serve `/docs` and `/openapi.json`: they work offline and have an example of each answer."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from api.contract import Problem

_TITLE = "SolveFirst case service"
_SECURITY = {
    # FastAPI's page starts Swagger with an inline script and has a form for tokens.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_DESCRIPTION = (
    "A citizen's matter becomes a case with a number and a named unit. Every refusal is RFC 9457 "
    "problem details with a stable `code` and its `params`."
)

_TAGS = {
    "attachments": "Files that citizens and units send with a case.",
    "cases": "A citizen's matter: opened, read, answered for in the survey.",
    "catalogue": "The city: categories, details, units, exclusions.",
    "citizens": "Citizens' addresses, their consent, and what is theirs to ask.",
    "events": "What is told to the city's other systems, and what arrived.",
    "figures": "Figures of all cases, by unit, category, place or channel.",
    "handling together": "What several units do about one case.",
    "health": "Whether the process runs, and whether it would answer.",
    "leaders on duty": "Talks of citizens with a leader, while a session is open.",
    "moves": "The life cycle of a case, one address a move.",
    "rest": "The hotline as a dialogue, compatible with Rasa's REST channel.",
    "supervision": "Steps taken about late cases, records of units, circulars.",
}
"""Descriptions of the groups of operations."""


def install(app: FastAPI) -> None:
    """Serve the documentation; the page's files are in a package, not on the network."""
    assets = str(files("fastapi_offline") / "static")
    app.mount("/docs/assets", StaticFiles(directory=assets), name="docs-assets")
    app.add_api_route("/docs", _page, include_in_schema=False)
    app.openapi = lambda: _schema(app)  # type: ignore[method-assign]


async def _page(request: Request) -> HTMLResponse:
    root = request.scope.get("root_path", "").rstrip("/")
    page = get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title=_TITLE,
        swagger_js_url=f"{root}/docs/assets/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/assets/swagger-ui.css",
        swagger_favicon_url=f"{root}/docs/assets/favicon.png",
    )
    page.headers.update(_SECURITY)
    return page


def _schema(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=_TITLE, version=app.version, description=_DESCRIPTION, routes=app.routes
        )
        _, problems = models_json_schema(
            [(Problem, "serialization")], ref_template="#/components/schemas/{model}"
        )
        schema["components"]["schemas"].update(problems["$defs"])
        for path in schema["paths"].values():
            for operation in path.values():
                _add_examples(operation, schema["components"]["schemas"])
                _without_null(operation)
                operation.setdefault("security", [])
        tags = {
            tag
            for path in schema["paths"].values()
            for it in path.values()
            for tag in it.get("tags", ())
        }
        schema["tags"] = [{"name": tag, "description": _TAGS[tag]} for tag in sorted(tags)]
        schema["info"]["license"] = {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
        schema["servers"] = [{"url": "/"}]
        app.openapi_schema = schema
    return app.openapi_schema


def _add_examples(operation: dict[str, Any], models: dict[str, Any]) -> None:
    found = examples().get(operation["operationId"]) or _composed(operation, models)
    if "request" in found:
        body = operation["requestBody"]["content"]["application/json"]
        body["examples"] = {"example": {"value": found["request"]}}
    for status, response in operation["responses"].items():
        if status.startswith("2") and "answer" in found:
            content = response["content"]["application/json"]
            content["examples"] = {"example": {"value": found["answer"]}}


def _composed(operation: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    """Compose the example of a move without its own one from its required fields."""
    if operation.get("tags") != ["moves"]:
        return {}
    made: dict[str, Any] = {"answer": examples()["read_case"]["answer"]}
    if "requestBody" in operation:
        model = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        needed = models[model.rpartition("/")[2]].get("required", ())
        known = examples()["fields"]
        if known.keys() >= set(needed):
            made["request"] = {field: known[field] for field in needed}
    return made


def _without_null(operation: dict[str, Any]) -> None:
    """Publish optional parameters with their plain type: omitting one differs from `null`."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        kept = [variant for variant in schema.get("anyOf", ()) if variant != {"type": "null"}]
        if len(kept) == 1:
            del schema["anyOf"]
            schema.update(kept[0])


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Read the example request and answer of each operation by id, and `fields` of moves."""
    text = Path(__file__).with_name("examples.yml").read_text(encoding="utf-8")
    read: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return read
