"""`/console/attachments/{id}`: a file of a case, for one who may read the case; noted each time."""

import asyncio

from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from api.console.context import ConsoleContext
from api.console.guard import session_of
from api.domain.errors import Refusal
from api.domain.staff import SessionEnded
from api.ports import FileMissing
from api.services.attachments import headers
from api.services.staff import show_attachment


class AttachmentDoor:
    """Gives out files to staff."""

    def __init__(self, context: ConsoleContext) -> None:
        self._context = context

    async def show(self, request: Request) -> Response:
        """Answer with the file, or as if there were none."""
        context = self._context
        try:
            session = session_of(request.scope)
            if session is None:
                raise SessionEnded
            actor = (await context.door.who(session)).actor
            found = await context.database.run(
                show_attachment, context.desk, actor, request.path_params["id"]
            )
            pieces = await asyncio.to_thread(context.files.read, found.file)
        except (Refusal, FileMissing):
            return PlainTextResponse("404", status_code=404)
        return StreamingResponse(iterate_in_threadpool(pieces), headers=dict(headers(found)))
