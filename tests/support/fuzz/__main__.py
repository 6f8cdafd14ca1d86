"""`make fuzz`: fuzz the served product by its own OpenAPI document, as each role; a report."""

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.figures import table
from bench.machine import describe
from bench.servers import Server
from fuzz.city import ROLES, City, city
from fuzz.hooks import RIGHT
from kernel import json
from kernel.logging import configure

PHASES = ("examples", "coverage", "fuzzing", "stateful")
SUPPORT = Path(__file__).parents[1]

NAMED = {
    "path.number": "numbers",
    "path.subscriber": "subscribers",
    "path.talk": "talks",
    "path.session": "sessions",
    "path.attachment": "files",
    "header.Contact-Point": "citizens",
    "query.unit": "units",
    "query.category": "categories",
    "body.unit": "units",
    "body.lead": "units",
    "body.category": "categories",
    "body.contact_point": "citizens",
    "body.into": "numbers",
}
"""Parameters that name what is in the city, by the dictionary of its names."""

OFTEN = 0.7
"""How often a parameter names what is there."""


@dataclass(frozen=True, slots=True)
class FuzzResult:
    """What schemathesis told of a run as one role."""

    role: str
    seconds: float
    cases: int
    operations: int
    accepted: int
    dropped: int
    findings: tuple[str, ...]


def configuration(found: City, role: str) -> str:
    """Write schemathesis' configuration for one role."""
    dictionaries = [
        f"[dictionaries.{name}]\nvalues = {json.dumps(list(values))}"
        for name, values in found.names.items()
        if values
    ]
    bound = [
        f'"{parameter}" = {{ dictionary = "{name}", probability = {OFTEN} }}'
        for parameter, name in NAMED.items()
        if found.names[name]
    ]
    return "\n".join(
        (
            'hooks = "fuzz.hooks"',
            "continue-on-failure = true",
            f'headers = {{ Authorization = "Bearer {found.tokens[role]}" }}',
            "[parameters]",
            *bound,
            *dictionaries,
        )
    )


async def run(found: City, role: str, folder: Path, examples: int, seed: int) -> FuzzResult:
    """Run schemathesis as one role; its output is kept in the folder."""
    settings, result = folder / f"{role}.toml", folder / f"{role}.json"
    settings.write_text(configuration(found, role))
    with (folder / f"{role}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *Server.command("-m", "schemathesis.cli", "--config-file", str(settings)),
            *("run", f"{found.base}/openapi.json", "--phases", ",".join(PHASES)),
            *("--max-examples", str(examples), "--seed", str(seed), "--no-color"),
            *("--report", "json", "--report-json-path", str(result)),
            cwd=folder,
            env={**Server.environment({}), "PYTHONPATH": f"{SUPPORT}:{SUPPORT.parents[1]}"},
            stdout=log,
            stderr=log,
        )
        status = await process.wait()
    if not result.exists():
        raise RuntimeError(f"no report as {role}:\n{(folder / f'{role}.log').read_text()[-2000:]}")
    document = json.loads(result.read_text())
    findings = [
        f"{failure['code']} {failure['title']}: {name}"
        for failure in document["failures"]
        for name in failure["operations"]
    ]
    findings += [f"error: {error}" for error in document["errors"]]
    if status not in (0, 1) or not document["complete"]:
        findings.append(f"ended with status {status} before its end")
    return FuzzResult(
        role=role,
        seconds=document["running_time"],
        cases=document["test_cases"]["generated"],
        operations=document["operations"]["tested"],
        accepted=sum(
            any(phase["accepted"] for phase in rate.values())
            for rate in document["valid_rates"].values()
        ),
        dropped=document["filtered"],
        findings=tuple(findings),
    )


HEAD = (
    "as", "operations", "of them with an accepted request", "cases", "refusals that rest on data",
    "findings", "seconds",
)  # fmt: skip


def report(results: list[FuzzResult], examples: int, seed: int) -> str:
    """Make the report, as it stands in docs/reports."""
    rows = [
        (
            item.role,
            item.operations,
            item.accepted,
            f"{item.cases:,}",
            item.dropped,
            len(item.findings),
            f"{item.seconds:.0f}",
        )
        for item in results
    ]
    listed = "".join(f"\n- as {item.role}: {line}" for item in results for line in item.findings)
    total = sum(len(item.findings) for item in results)
    result = "No findings." if not total else f"**{total} findings, listed below.**"
    right = table(("code", "why it is right"), RIGHT.items())
    return f"""# Fuzzing the API

Schemathesis reads the OpenAPI document of the served product (`/openapi.json`: the case service,
the REST channel, health) and sends what fits it and what does not, as each role, to a city with
example cases. Phases: {", ".join(PHASES)}; up to {examples} examples an operation. All of its
checks are on: no 5xx, no status, body, header or media type that the document does not say, nothing
accepted that the document forbids, nothing refused that it allows, no operation without its token.
{result}

What posts to webhooks' addresses is switched off: the addresses are made up by the fuzzer.

Made by `make fuzz`; one role: `ONLY=clerk`; the same chances again: `SEED={seed}`.

{describe("solvefirst", "schemathesis", "hypothesis", "fastapi")}

{table(HEAD, rows)}
{listed}

## Refusals that rest on data

A request may fit the document and still be refused for what the service holds. Such refusals are
no findings; each has a documented status and one of these codes. `request_invalid`, the refusal of
a request's form, is not among them.

{right}
"""


async def all_of(
    roles: tuple[str, ...], folder: Path, examples: int, seed: int, at_once: int
) -> list[FuzzResult]:
    """Serve a city for each role and fuzz it, some roles beside each other."""
    room = asyncio.Semaphore(at_once)
    columns = (TextColumn("roles"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=len(roles))

        async def one(role: str) -> FuzzResult:
            home = folder / role
            home.mkdir()
            async with room, city(home) as found:
                result = await run(found, role, folder, examples, seed)
            progress.advance(bar)
            return result

        return list(await asyncio.gather(*map(one, roles)))


def main() -> int:
    """Fuzz, report; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--only", choices=ROLES)
    parser.add_argument("--examples", type=int, default=50, help="at most, for each operation")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--at-once", type=int, default=2, help="roles beside each other")
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    configure("WARNING", json=False)
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    roles = (options.only,) if options.only else ROLES
    result = asyncio.run(all_of(roles, folder, options.examples, options.seed, options.at_once))
    text = report(result, options.examples, options.seed)
    sys.stdout.write(text)
    if options.report:
        options.report.write_text(text)
    if any(item.findings for item in result):
        sys.stderr.write(f"schemathesis' own words and the server's log are kept in {folder}\n")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
