"""`GET /metrics`: everything that is measured in this process, for whoever shows the token."""

import asyncio
import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from kernel.clock import Clock
from kernel.database.database import Database
from kernel.supervisor import Supervisor
from solvefirst.metrics import loops, queues

PATH = "/metrics"

_bearer = HTTPBearer(auto_error=False)


def router(
    token: str,
    *,
    registry: CollectorRegistry,
    supervisor: Supervisor,
    stores: Mapping[str, Database],
    clock: Clock,
) -> APIRouter:
    """Make the route; it answers 401 to everybody who does not show `token` as a bearer.

    Args:
        registry: what is counted as it happens.
        supervisor: whose loops are told.
        stores: those that this process stands on, `bot` or `api`.
        clock: tells how long something has lasted.
    """
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    async def metrics(
        shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Response:
        """Tell all metrics as they are now."""
        if shown is None or not _same(shown.credentials, token):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        now = clock.now()
        found = [*loops.families(supervisor, now), *await queues.families(stores, now)]
        # Hundreds of routes take some milliseconds to write.
        text = await asyncio.to_thread(written, registry, found)
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router


def written(registry: CollectorRegistry, families: Iterable[Metric]) -> bytes:
    """Write what a registry holds, then further families, in the text format of Prometheus."""
    return generate_latest(_Together(registry, families))


class _Together:
    """A collector of a registry and of families that were read already."""

    def __init__(self, registry: CollectorRegistry, families: Iterable[Metric]) -> None:
        self._registry = registry
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Give all families, without the moments at which counters began: they double the text."""
        for family in self._registry.collect():
            family.samples = [
                sample for sample in family.samples if not sample.name.endswith("_created")
            ]
            yield family
        yield from self._families


def _same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(), token.encode())
