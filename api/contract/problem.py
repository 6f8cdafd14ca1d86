"""Wire model of refusals: RFC 9457 problem details with a stable code and parameters."""

from typing import Any

from pydantic import Field

from api.contract.wire import ResponseModel


class FieldProblem(ResponseModel):
    """One refused field: its path in the request, a stable code, and the validator's parameters.

    `message` says in English what is required; it never repeats the sent value.
    """

    field: str
    code: str
    message: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)


class Problem(ResponseModel):
    """The body of every answer with a status of 400 or more, as `application/problem+json`.

    `code` is stable and for programs; `params` are the parameters of its words. `title` and
    `detail` are English for developers: what happened, and which rule applies. Words for a citizen
    are made from code and parameters at the edge.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    instance: str | None = None
    fields: tuple[FieldProblem, ...] = ()
