"""What `solvefirst doctor` finds of a product in several processes."""

import asyncio
from collections.abc import Iterator

import httpx

from api.client import ApiClient, ApiUnavailable
from solvefirst import roles, secrets
from solvefirst.finding import Finding, Verdict
from solvefirst.settings import Settings


def look_at_parts(settings: Settings, only: str | None) -> Iterator[Finding]:
    """Look at what one part needs, or all parts where one is told where another is."""
    several = settings.api_url is not None or settings.bot_url is not None
    asked = (only,) if only is not None else roles.PARTS if several else ()
    for need in roles.NEEDS:
        lacking = [part for part in asked if part in need.parts]
        if lacking and need.missing(settings):
            yield Finding(
                f"serve --only {', '.join(lacking)}",
                Verdict.WRONG if need.required else Verdict.MIND,
                f"{need.setting} is not set",
                need.without,
            )
    if settings.api_url is not None:
        yield _case_service(settings, settings.api_url)
    if settings.bot_url is not None:
        yield _citizen_side(settings.bot_url)


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
            "case service", Verdict.WRONG, str(error), "Is `solvefirst serve --only api` running?"
        )
    return Finding("case service", Verdict.FINE, f"answers at {url}")


def _citizen_side(url: str) -> Finding:
    try:
        httpx.get(f"{url.rstrip('/')}/health/live", timeout=5).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding(
            "citizen's side",
            Verdict.WRONG,
            f"not reached at {url}: {error}",
            "Is `solvefirst serve --only bot` running, and SOLVEFIRST_BOT_URL its address?",
        )
    return Finding("citizen's side", Verdict.FINE, f"answers at {url}")
