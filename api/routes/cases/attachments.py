"""Serve `/v1/attachments`: upload files before their case, and download them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import StreamingResponse

from api.contract import AttachmentOut, Attachments
from api.domain.attachments.attachment import MediaType
from api.people.rules.actor import Role
from api.routes.answers import answer, refusals
from api.routes.auth import Speaker
from api.routes.context import Context, InContext
from api.services.attachments import attachments
from api.services.showing import show_attachment

router = APIRouter(tags=["attachments"])

STREAMED = frozenset({("POST", "/v1/attachments")})
"""Requests whose body size is limited here and not in `ApiGuard`."""

_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/v1/attachments",
    status_code=201,
    response_model=AttachmentOut,
    responses=refusals(403, 413, 415, 422, 429),
    openapi_extra=_FILE,
)
async def upload_attachment(
    request: Request,
    context: InContext,
    actor: Speaker,
    name: Annotated[
        str | None, Query(max_length=500, description="What its sender calls it.")
    ] = None,
    origin: Annotated[
        str | None,
        Header(
            alias="Upload-Origin",
            pattern=r"^[A-Za-z0-9_.:-]+$",
            max_length=64,
            description="Stands for the sender's network address: one may have so many waiting.",
        ),
    ] = None,
) -> Response:
    """Upload a file for a later case or move; it is deleted after a day without one.

    The sender is a citizen through a service, a unit, or a clerk.

    JPEG, PNG, WebP, PDF and MP4 are detected by their bytes. Images are re-encoded: upright,
    smaller, without metadata.
    """
    announced = request.headers.get("content-length", "")
    kept = await context.uploads.take(
        actor, request.stream(), name=name, announced=announced, origin=origin
    )
    return answer(kept, 201, {"Location": f"/v1/attachments/{kept.id}"})


@router.get(
    "/v1/attachments/{attachment}",
    response_class=Response,
    responses={
        **refusals(403, 404, 422),
        200: {
            "description": "The file itself.",
            "content": {
                kind.value: {"schema": {"type": "string", "format": "binary"}} for kind in MediaType
            },
        },
    },
)
async def read_attachment(context: InContext, actor: Speaker, attachment: str) -> Response:
    """Download a file; allowed for readers of its case, and before that for its sender.

    Access by staff is recorded in the audit log.
    """
    if actor.acts_as is Role.CITIZEN:
        found = await context.database.read(attachments.fetch, context.desk, actor, attachment)
    else:
        found = await context.database.run(show_attachment, context.desk, actor, attachment)
    return StreamingResponse(
        await stream(context, found.file), headers=dict(attachments.headers(found))
    )


@router.get(
    "/v1/cases/{number}/attachments",
    response_model=Attachments,
    responses=refusals(403, 404, 422),
)
async def list_attachments(context: InContext, actor: Speaker, number: str) -> Response:
    """List the files of a case, oldest first."""
    items = await context.database.read(attachments.of_case, context.desk, actor, number)
    return answer(Attachments(number=number, items=items))


async def stream(context: Context, file: str) -> AsyncIterator[bytes]:
    """Stream a stored file; it is read and decrypted in threads."""
    return iterate_in_threadpool(await asyncio.to_thread(context.files.read, file))
