"""Convert refusals to HTTP answers: RFC 9457 problem details."""

import inspect
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api import errors
from api.contract import FieldProblem, Problem
from api.domain.errors import VersionStale
from kernel.database.database import DatabaseClosed
from kernel.logging import get_logger

MEDIA_TYPE = "application/problem+json"

_STATUS: Mapping[type[errors.Refusal], HTTPStatus] = {
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    VersionStale: HTTPStatus.PRECONDITION_FAILED,
    errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Limited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.Unsupported: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}
_LONGEST_NAME = 100
_NO_JSON = "The body is not JSON in UTF-8."

logger = get_logger(__name__)


def problem(
    status: HTTPStatus,
    code: str,
    params: Mapping[str, Any] | None = None,
    *,
    title: str | None = None,
    detail: str | None = None,
    instance: str | None = None,
    fields: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the answer. The title is for developers; citizens' words are made from the code."""
    body = Problem(
        type=f"urn:solvefirst:problem:{code}",
        title=title or code.replace("_", " ").capitalize(),
        status=status.value,
        code=code,
        detail=detail,
        params=dict(params or {}),
        instance=instance,
        fields=tuple(fields),
    )
    return Response(
        body.model_dump_json(exclude_none=True),
        status_code=status.value,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def install(app: FastAPI) -> None:
    """Register the handlers that answer every refusal with problem details."""
    app.add_exception_handler(errors.Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    for lost in (OperationalError, InterfaceError, DatabaseClosed):
        app.add_exception_handler(lost, _store_unavailable)


async def _refusal(_request: Request, error: Exception) -> Response:
    if not isinstance(error, errors.Refusal):
        raise error
    sort = next(sort for sort in type(error).__mro__ if sort in _STATUS)
    status = _STATUS[sort]
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    # The class's docstring is the explanation in the code and in the answer.
    detail = inspect.getdoc(type(error))
    return problem(status, error.code, error.params, detail=detail, headers=headers)


async def _validation(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if any(fault["type"] == "json_invalid" for fault in found):
        return problem(HTTPStatus.BAD_REQUEST, "json_invalid", detail=_NO_JSON)
    fields = [
        FieldProblem(
            field=_name(fault["loc"]),
            code=fault["type"],
            message=fault["msg"],
            params={
                key: value
                for key, value in fault.get("ctx", {}).items()
                if isinstance(value, int | float | str)
            },
        )
        for fault in found
    ]
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "request_invalid",
        detail="The request has not the form that the document describes: see `fields`.",
        fields=fields,
    )


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    code, detail = re.sub(r"\W+", "_", status.phrase).lower(), status.description or None
    if status is HTTPStatus.BAD_REQUEST:
        # FastAPI raises this for a body that is not text or is nested too deeply.
        code, detail = "json_invalid", _NO_JSON
    headers = error.headers
    if status is HTTPStatus.METHOD_NOT_ALLOWED and (allowed := _allowed(request)):
        headers = {**(headers or {}), "Allow": ", ".join(sorted(allowed))}
    return problem(status, code, detail=detail, headers=headers)


def _allowed(request: Request) -> set[str]:
    """List the documented methods of a path; the router knows only those of one route."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return {
        method.upper()
        for template, methods in request.app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
        for method in methods
    }


async def _store_unavailable(_request: Request, error: Exception) -> Response:
    logger.error("store_unavailable", error=type(error).__name__)
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "store_unavailable",
        detail="Nothing was changed for certain: repeat the call with its Idempotency-Key.",
        headers={"Retry-After": "1"},
    )


def _name(location: Sequence[str | int]) -> str:
    """Return a field's name, cut to a length: a caller can choose any name."""
    parts = (str(part) for part in location[1:] or location)
    return ".".join(parts).encode("utf-8", "replace").decode()[:_LONGEST_NAME]
