"""Serve `GET /metrics`: all metrics of this process, for callers with the token."""

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
    """Make the route; it answers 401 to callers without `token` as a bearer token.

    Args:
        registry: counters that are updated as events happen.
        supervisor: its loops are reported.
        stores: the stores of this process, `bot` or `api`.
        clock: measures durations.
    """
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    async def metrics(
        shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    ) -> Response:
        """Answer with all metrics as of now."""
        if shown is None or not _same(shown.credentials, token):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        now = clock.now()
        found = [*loops.families(supervisor, now), *await queues.families(stores, now)]
        # Writing hundreds of routes takes some milliseconds.
        text = await asyncio.to_thread(written, registry, found)
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router


def written(registry: CollectorRegistry, families: Iterable[Metric]) -> bytes:
    """Write a registry's metrics, then further families, in the text format of Prometheus."""
    return generate_latest(_Together(registry, families))


class _Together:
    """A collector of a registry and of families that were already read."""

    def __init__(self, registry: CollectorRegistry, families: Iterable[Metric]) -> None:
        self._registry = registry
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield all families without the counters' creation times, which would double the text."""
        for family in self._registry.collect():
            family.samples = [
                sample for sample in family.samples if not sample.name.endswith("_created")
            ]
            yield family
        yield from self._families


def _same(shown: str, token: str) -> bool:
    return hmac.compare_digest(shown.encode(), token.encode())
