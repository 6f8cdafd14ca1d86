"""Serve `/v1/catalogue`: what the hotline accepts and asks."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from api.contract import CatalogueOut
from api.people.rules.permissions import Action, authorize
from api.routes.answers import refusals
from api.routes.auth import Holder


def catalogue_router(catalogue: CatalogueOut) -> APIRouter:
    """Serve one catalogue, serialised once; its version is the entity tag."""
    router = APIRouter(prefix="/v1/catalogue", tags=["catalogue"])
    body = catalogue.model_dump_json().encode()
    tag = f'"{catalogue.version}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}

    @router.get(
        "",
        response_model=CatalogueOut,
        responses={**refusals(422), 304: {"description": "As you have it."}},
    )
    async def read_catalogue(
        actor: Holder,
        if_none_match: Annotated[
            str | None, Header(description="The entity tag that you have.")
        ] = None,
    ) -> Response:
        """Read the catalogue: categories, their details and prompts, exclusions, the hotline."""
        authorize(actor, Action.READ_CATALOGUE)
        if if_none_match is not None and _matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return router


def _matches(sent: str, tag: str) -> bool:
    return any(candidate.strip().removeprefix("W/") in {tag, "*"} for candidate in sent.split(","))
