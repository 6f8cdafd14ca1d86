"""Run the checks of `solvefirst doctor` on this machine."""

import os
import sys
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from api.catalogue.rules.calendar import OfficialDays
from api.catalogue.rules.catalogue import Catalogue
from api.catalogue.store.loading import CatalogueInvalid, load_catalogue, shipped_catalogue
from api.catalogue.store.official_days import official_days
from kernel.clock import SHANGHAI, SystemClock
from kernel.privacy.crypto import Keyring
from kernel.settings import masked, origins
from solvefirst import secrets
from solvefirst.doctor.dialogue import (
    look_at_model,
    look_at_project,
    look_at_server,
    look_at_telegram,
)
from solvefirst.doctor.finding import Finding, FindingLevel
from solvefirst.doctor.fleet import look_at_parts, look_at_service
from solvefirst.doctor.stores import look_at_redis, look_at_stores
from solvefirst.http.door import LOOPBACK, host_name, hosts
from solvefirst.settings import Settings

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
    yield from look_at_stores(settings)
    yield look_at_redis(settings)
    yield look_at_model(settings)
    yield from look_at_project(settings)
    if settings.engine == "rasa":
        yield from look_at_server(settings)
    if settings.telegram_token is not None:
        yield look_at_telegram(settings, settings.telegram_token.get_secret_value().strip())


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
