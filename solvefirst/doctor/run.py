"""Run the checks of `solvefirst doctor` on this machine."""

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

import httpx
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from api.catalogue.rules.calendar import OfficialDays
from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.store.loading import CatalogueInvalid, load_catalogue, shipped_catalogue
from api.catalogue.store.official_days import official_days
from api.people.service.accounts import demo_logins
from bot.dialogue.engine.embedded.agent import load_agent
from bot.dialogue.engine.embedded.hazards import hazards
from bot.dialogue.engine.embedded.problems import ProjectInvalid
from kernel.clock import SHANGHAI, SystemClock
from kernel.database.transaction import Transaction
from kernel.privacy.crypto import Keyring
from kernel.settings import masked, origins
from nlu.classify import ModelUnusable
from solvefirst import secrets
from solvefirst.dead_letters import counted
from solvefirst.doctor.finding import Finding, FindingLevel
from solvefirst.doctor.fleet import look_at_parts, look_at_service
from solvefirst.http.door import LOOPBACK, host_name, hosts
from solvefirst.nlu import models
from solvefirst.project import ACTIONS, ROOT
from solvefirst.rasa.looking import look_at_rasa
from solvefirst.settings import Settings
from solvefirst.stores import Stores, show_url

VERSIONS = ("fastapi", "uvicorn", "sqlalchemy", "rasa-sdk", "psycopg", "redis", "numpy", "pydantic")


_LIMITS_REACH_OVER = 11  # from November on, a time limit may end in the next year


def run(only: str | None, console: Console) -> int:
    """Print settings, versions and findings; return 1 when there is a fault.

    `only` names the part, as for `serve`.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "SOLVEFIRST_" + "_".join(map(str, problem["loc"])).upper()
            console.print(f"{FindingLevel.WRONG.value} {name}: {problem['msg']}")
        return 1
    _print_settings(settings, console)
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    console.print(f"\nPython {sys.version.split()[0]}, {versions}\n", soft_wrap=True)
    findings = [*look(settings), *look_at_service(settings), *look_at_parts(settings, only)]
    for finding in findings:
        console.print(f"{finding.verdict.value}  {finding.subject}: {finding.seen}", soft_wrap=True)
        if finding.advice:
            console.print(f"      → {finding.advice}", markup=False, soft_wrap=True)
    return int(any(finding.verdict is FindingLevel.WRONG for finding in findings))


def look(settings: Settings) -> Iterator[Finding]:
    """Run all checks; a fault does not skip the others."""
    yield _var(settings.var)
    yield from _secrets(settings)
    yield names_of(settings)
    yield metrics_of(settings)
    yield _catalogue(settings)
    yield calendar_of(SystemClock().now().astimezone(SHANGHAI).date(), official_days())
    yield from _stores(settings)
    yield _redis(settings)
    yield _model(settings)
    yield from _project(settings)
    if settings.engine == "rasa":
        yield from _rasa(settings)
    if settings.telegram_token is not None:
        yield _telegram(settings, settings.telegram_token.get_secret_value().strip())


def _print_settings(settings: Settings, console: Console) -> None:
    table = Table("setting", "value", "from", box=None)
    shown, source = masked(settings), origins(settings)
    for name in type(settings).model_fields:
        table.add_row(f"SOLVEFIRST_{name.upper()}", escape(shown[name]), source[name])
    console.print(table)


def _var(var: Path) -> Finding:
    try:
        var.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Finding("data folder", FindingLevel.WRONG, str(error), "Set SOLVEFIRST_VAR.")
    if not os.access(var, os.W_OK):
        return Finding(
            "data folder", FindingLevel.WRONG, f"{var} cannot be written", "Set SOLVEFIRST_VAR."
        )
    return Finding("data folder", FindingLevel.FINE, str(var.resolve()))


def names_of(settings: Settings) -> Finding:
    """Check the host names of the process."""
    named = sorted(hosts(settings) - {LOOPBACK, settings.host})
    if not named and host_name(settings.host) not in (LOOPBACK, "127.0.0.1"):
        return Finding(
            "names",
            FindingLevel.MIND,
            "served under its address and localhost alone",
            "Set SOLVEFIRST_HOSTS to the names that citizens and staff use (docs/deploy.md).",
        )
    return Finding("names", FindingLevel.FINE, ", ".join(["localhost and bare addresses", *named]))


def metrics_of(settings: Settings) -> Finding:
    """Check whether a Prometheus server can read the metrics."""
    if settings.metrics_token is None:
        return Finding(
            "metrics", FindingLevel.FINE, "not served: SOLVEFIRST_METRICS_TOKEN is not set"
        )
    return Finding(
        "metrics", FindingLevel.FINE, "served at /metrics of each process, with the token"
    )


def _secrets(settings: Settings) -> Iterator[Finding]:
    try:
        Keyring.from_setting(secrets.secret_key(settings))
    except ValueError as error:
        yield Finding(
            "secret key", FindingLevel.WRONG, str(error), "SOLVEFIRST_SECRET_KEY is `id:base64,…`."
        )
    else:
        if settings.secret_key is None:
            advice = "In production set SOLVEFIRST_SECRET_KEY, and keep a copy: without it the data"
            yield Finding(
                "secret key",
                FindingLevel.MIND,
                f"made and kept in {settings.var / 'secret_key'}",
                f"{advice} cannot be read.",
            )
        else:
            yield Finding("secret key", FindingLevel.FINE, "set")
    if settings.demo:
        yield Finding(
            "demo mode",
            FindingLevel.MIND,
            "the REST channel is open to whoever reaches the port",
            "Unset SOLVEFIRST_DEMO before citizens use it.",
        )


def _catalogue(settings: Settings) -> Finding:
    folder = settings.catalogue or shipped_catalogue()
    try:
        catalogue: Catalogue = load_catalogue(folder)
    except CatalogueInvalid as error:
        return Finding("catalogue", FindingLevel.WRONG, str(error), "docs/catalogue.md says how.")
    examples = sum(unit.phone_is_example for unit in catalogue.units.values())
    seen = f"{catalogue.city.names.en}, {len(catalogue.categories)} categories"
    if examples:
        return Finding(
            "catalogue",
            FindingLevel.MIND,
            f"{seen}; {examples} units have invented telephone numbers",
            "Write your city's own and set SOLVEFIRST_CATALOGUE (docs/catalogue.md).",
        )
    return Finding("catalogue", FindingLevel.FINE, seen)


def calendar_of(today: date, official: OfficialDays) -> Finding:
    """Check whether the official days off are announced for this year, and late in the year
    for the next one."""
    years = range(today.year, today.year + (2 if today.month >= _LIMITS_REACH_OVER else 1))
    unknown = [year for year in years if year not in official.years]
    newest = max(official.years, default=None)
    if not unknown:
        return Finding("calendar", FindingLevel.FINE, f"official days are known up to {newest}")
    return Finding(
        "calendar",
        FindingLevel.MIND,
        f"no official days of {' and '.join(map(str, unknown))}: Monday to Friday are worked",
        "Update the package holidays once they are announced, or write them into calendar.yml.",
    )


def _stores(settings: Settings) -> Iterator[Finding]:
    try:
        stores = Stores.open(settings)
    except ValueError as error:
        yield Finding("database", FindingLevel.WRONG, str(error), "Set SOLVEFIRST_DATABASE_URL.")
        return
    try:
        yield from _chains(stores)
        yield from _demo_accounts(settings, stores)
        yield from _dead_letters(stores)
    finally:
        asyncio.run(stores.close())


def _chains(stores: Stores) -> Iterator[Finding]:
    for chain in stores.chains():
        subject = f"database, {chain.room}"
        try:
            at = chain.at()
        except SQLAlchemyError as error:
            yield Finding(
                subject,
                FindingLevel.WRONG,
                f"{show_url(chain.database)}: {str(error.args[0]).strip()}",
                "Is it running, and are the URL's host, name and password right?",
            )
            continue
        if at == chain.newest():
            yield Finding(subject, FindingLevel.FINE, f"{show_url(chain.database)} at {at}")
        else:
            yield Finding(
                subject,
                FindingLevel.MIND,
                f"{show_url(chain.database)} is at {at or 'nothing'}, not {chain.newest()}",
                "`solvefirst db upgrade`; a single process does it when it starts.",
            )


def _demo_accounts(settings: Settings, stores: Stores) -> Iterator[Finding]:
    try:
        with stores.api.engine.connect() as connection:
            logins = demo_logins(Transaction(connection, stores.api.dialect))
    except SQLAlchemyError:
        return  # missing or old tables are already reported
    if logins and not settings.demo:
        yield Finding(
            "demo accounts",
            FindingLevel.MIND,
            f"{', '.join(logins)} are in this store; their password is published, so they are"
            " refused",
            "Open accounts of your own (`solvefirst staff add`), close these (`solvefirst staff"
            " disable LOGIN`), and keep demo data in a folder of its own.",
        )


def _dead_letters(stores: Stores) -> Iterator[Finding]:
    found = counted(stores)
    seen = ", ".join(f"{name} {count}" for name, count in found.items())
    if any(found.values()):
        yield Finding(
            "dead letters",
            FindingLevel.MIND,
            seen,
            "`solvefirst dead-letters list` tells why, `replay` tries them again.",
        )
    elif found:
        yield Finding("dead letters", FindingLevel.FINE, seen)


def _redis(settings: Settings) -> Finding:
    url = settings.redis_url
    if url is None:
        return Finding("Redis", FindingLevel.FINE, "not used: one process needs none")

    async def ping() -> None:
        server = Redis.from_url(url, socket_connect_timeout=2)
        try:
            await server.ping()
        finally:
            await server.aclose()

    try:
        asyncio.run(ping())
    except (RedisError, OSError, ValueError) as error:
        return Finding(
            "Redis",
            FindingLevel.WRONG,
            str(error),
            "Processes wake each other more slowly without it; nothing is lost. Check the URL.",
        )
    return Finding("Redis", FindingLevel.FINE, "answers")


def _model(settings: Settings) -> Finding:
    versions = models.versions(settings)
    try:
        opened = versions.open()
    except ModelUnusable as error:
        return Finding(
            "understanding", FindingLevel.WRONG, str(error), "`make model` trains it anew."
        )
    intent = opened.understanding.parse("The street light is broken")["intent"]["name"]
    seen = f"version {opened.name} reads, intent {intent}"
    if opened.refused:
        refused = "; ".join(f"{name} is refused: {why}" for name, why in opened.refused)
        return Finding(
            "understanding",
            FindingLevel.WRONG,
            f"{seen}, in place of {versions.current()}; {refused}",
            f"`solvefirst nlu rollback {opened.name}` settles on it, "
            "`solvefirst nlu train --with-corrections` makes a new one.",
        )
    return Finding("understanding", FindingLevel.FINE, seen)


def _project(settings: Settings) -> Iterator[Finding]:
    folder = settings.project or ROOT
    try:
        agent = load_agent(folder, ACTIONS)
    except ProjectInvalid as error:
        yield Finding("dialogue", FindingLevel.WRONG, str(error), "Each line says what to write.")
        return
    yield Finding("dialogue", FindingLevel.FINE, f"rules and forms of {folder} are supported")
    for hazard in hazards(agent.project):
        yield Finding(
            f"dialogue, {hazard.place}", FindingLevel.MIND, hazard.feature, f"{hazard.advice}."
        )


def _rasa(settings: Settings) -> Iterator[Finding]:
    for finding in look_at_rasa(settings):
        verdict = (
            FindingLevel.WRONG
            if finding.away
            else FindingLevel.MIND
            if finding.advice
            else FindingLevel.FINE
        )
        yield Finding(finding.subject, verdict, finding.seen, finding.advice)


def _telegram(settings: Settings, token: str) -> Finding:
    url = f"{settings.telegram_api_url.rstrip('/')}/bot{token}/getMe"
    advice = "Is SOLVEFIRST_TELEGRAM_API_URL right, and may this machine reach it?"
    try:
        answer = httpx.get(url, timeout=5)
        name = answer.json()["result"]["username"] if answer.is_success else None
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        # Not the error's words: the address contains the token.
        return Finding(
            "Telegram", FindingLevel.WRONG, f"not reached: {type(error).__name__}", advice
        )
    if name is None:
        return Finding(
            "Telegram",
            FindingLevel.WRONG,
            f"refuses the token with {answer.status_code}",
            "Ask BotFather for it again (docs/telegram.md).",
        )
    road = "updates are polled for" if settings.telegram_webhook_url is None else "webhook"
    return Finding("Telegram", FindingLevel.FINE, f"answers as @{name}, {road}")
