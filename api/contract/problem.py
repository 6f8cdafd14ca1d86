"""How the service says no: RFC 9457 problem details with a stable code and its parameters."""

from typing import Any

from pydantic import Field

from api.contract.wire import ResponseModel


class FieldProblem(ResponseModel):
    """One refused field: its path in the request, a stable code, and the validator's parameters.

    `message` says in plain English what is wanted; it never repeats what was sent.
    """

    field: str
    code: str
    message: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)


class Problem(ResponseModel):
    """The body of every answer of 400 and above, as `application/problem+json`.

    `code` is stable and made for programs, `params` are what a sentence about it would name;
    `title` and `detail` are plain English for a developer: what happened, and what holds. Words
    for a citizen are made from code and parameters at the edge.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    instance: str | None = None
    fields: tuple[FieldProblem, ...] = ()
