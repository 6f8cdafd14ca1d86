"""Lint the OpenAPI document of the served product; 1 when a linter finds anything."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from kernel import json
from solvefirst.settings import Settings
from solvefirst.wiring.assembly import assemble, web_app

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def install(npm: str) -> None:
    """Install the linters as they are locked, once."""
    lock, installed = HERE / "package-lock.json", MODULES / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=HERE, check=True)
        installed.touch()


def document(folder: Path) -> Path:
    """Write the document of the product as one process."""
    settings = Settings(_env_file=None, var=folder / "var", demo=True)
    written = folder / "openapi.json"
    written.write_text(json.dumps(web_app(assemble(settings)).openapi()))
    return written


def main() -> int:
    """Install, write, lint."""
    npm = shutil.which("npm")
    if npm is None:
        sys.stderr.write("SKIPPED: redocly and spectral did NOT run, as npm is not installed.\n")
        return 0
    install(npm)
    with tempfile.TemporaryDirectory() as folder:
        written = str(document(Path(folder)))
        commands = (
            ("redocly", "lint", "--format=stylish", "--config", str(HERE / "redocly.yml"), written),
            ("spectral", "lint", "--fail-severity=warn", "-r", str(HERE / "spectral.yml"), written),
        )
        statuses = [
            subprocess.run(
                [MODULES / ".bin" / name, *words], env={**os.environ, **QUIET}, check=False
            ).returncode
            for name, *words in commands
        ]
    return int(any(statuses))


if __name__ == "__main__":
    raise SystemExit(main())
