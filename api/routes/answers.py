"""Make answers of routes, and document their refusals."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel

from api.routes.problems import MEDIA_TYPE

_REFUSALS = {
    400: "The body is not JSON.",
    401: "No token, or one that nobody holds.",
    403: "Not this role's to do.",
    404: "No such case for this reader.",
    409: "Not from where the case stands, or somebody was faster.",
    412: "The case has moved on since the version that was seen.",
    413: "The body is too large.",
    415: "Not a kind of file that is taken.",
    422: "Something in the request cannot be meant; `code` and `fields` say what.",
    429: "Not as often as this.",
    503: "The store cannot be reached now.",
}


def answer(model: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Write a valid wire model; caches must not store the answer."""
    return Response(
        model.model_dump_json(),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Document refusals, including those of all routes."""
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": _REFUSALS[status], "content": {MEDIA_TYPE: problem}}
        for status in sorted({401, 503, *statuses})
    }
