"""Check running processes for `solvefirst doctor`: at this address, and other parts."""

import asyncio
from collections.abc import Iterator

import httpx
from pydantic import ValidationError

from api.client import ApiClient, ApiUnavailable
from solvefirst import roles, secrets
from solvefirst.doctor.finding import Finding, FindingLevel
from solvefirst.http.health import Readiness
from solvefirst.settings import Settings

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared with, not listened on


def look_at_parts(settings: Settings, only: str | None) -> Iterator[Finding]:
    """Check the other parts that one part needs, or all parts whose addresses are set."""
    several = settings.api_url is not None or settings.bot_url is not None
    asked = (only,) if only is not None else roles.PARTS if several else ()
    for need in roles.NEEDS:
        lacking = [part for part in asked if part in need.parts]
        if lacking and need.missing(settings):
            yield Finding(
                f"serve --only {', '.join(lacking)}",
                FindingLevel.WRONG if need.required else FindingLevel.MIND,
                f"{need.setting} is not set",
                need.without,
            )
    if settings.api_url is not None:
        yield _case_service(settings, settings.api_url)
        yield from _readiness("case service", settings.api_url)
    if settings.bot_url is not None:
        yield from _readiness("citizen's side", settings.bot_url)


def look_at_service(settings: Settings) -> Iterator[Finding]:
    """Query the loops' states of the process at this configuration's own address, if it runs."""
    host = _ANYWHERE.get(settings.host, settings.host)
    yield from _readiness("service", f"http://{host}:{settings.port}", expected=False)


def _case_service(settings: Settings, url: str) -> Finding:
    async def ask() -> None:
        caller = ApiClient.over_http(url, secrets.service_token(settings))
        try:
            await caller.catalogue()
        finally:
            await caller.close()

    try:
        asyncio.run(ask())
    except ApiUnavailable as error:
        return Finding(
            "case service",
            FindingLevel.WRONG,
            str(error),
            "Is `solvefirst serve --only api` running?",
        )
    return Finding("case service", FindingLevel.FINE, f"answers at {url}")


def _readiness(subject: str, url: str, *, expected: bool = True) -> Iterator[Finding]:
    """Query a process for its readiness; one that is not `expected` need not run."""
    try:
        reply = httpx.get(f"{url.rstrip('/')}/health/ready", timeout=5)
        readiness = Readiness.model_validate_json(reply.content)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if expected:
            advice = (
                "Does it run, and is this its address? (SOLVEFIRST_API_URL, SOLVEFIRST_BOT_URL)"
            )
            yield Finding(subject, FindingLevel.WRONG, f"not reached at {url}: {error}", advice)
        else:
            yield Finding(subject, FindingLevel.FINE, f"nothing runs at {url}")
        return
    except ValidationError:
        yield Finding(
            subject,
            FindingLevel.WRONG if expected else FindingLevel.MIND,
            f"what answers at {url} is no process of ours ({reply.status_code})",
            "Set SOLVEFIRST_PORT, or the address of the part.",
        )
        return
    away = [name for name, state in readiness.parts.items() if state == "away"]
    if away:
        yield Finding(
            subject,
            FindingLevel.WRONG,
            f"runs at {url} but is not ready: {', '.join(away)}",
            "The lines about these parts say more, and its log does.",
        )
    else:
        yield Finding(
            subject, FindingLevel.FINE, f"runs at {url} and is ready, {len(readiness.loops)} loops"
        )
    for name, loop in readiness.loops.items():
        if loop.failing_since is not None:
            yield Finding(
                f"{subject}, loop {name}",
                FindingLevel.WRONG,
                f"has failed {loop.failures} times in a row since {loop.failing_since:%F %T %Z},"
                f" last with {loop.error}",
                f"Its log has the reason: `loop_failed` with loop={name}. It is tried again.",
            )
