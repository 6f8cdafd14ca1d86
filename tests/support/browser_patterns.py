"""Find the regular expressions of the product's browser scripts, and measure them in node."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from patterns import Pattern, attacks

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "bot", "solvefirst")
_LITERAL = re.compile(
    r"(?:[(,=:\[!&|?{};>]|\breturn)[ \t\n]*"
    r"/(?![/*])(?P<source>(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+)/(?P<flags>[dgimsuvy]*)(?![\w/])"
)
"""A `/` after one of these begins a regular expression; anywhere else it divides."""
_MEASURE = """
const vm = require("node:vm");
const cases = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const run = new vm.Script("pattern.lastIndex = 0; text.replace(pattern, '')");
for (const { source, flags, texts } of cases) {
  let worst = 0;
  for (const text of texts) {
    const context = vm.createContext({ pattern: new RegExp(source, flags), text });
    let least = LATE;
    for (let times = 0; times < 5; times += 1) {
      const begun = process.cpuUsage();
      try {
        run.runInContext(context, { timeout: LATE });
      } catch (error) {
        if (error.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
        break;
      }
      const { user, system } = process.cpuUsage(begun);
      least = Math.min(least, (user + system) / 1000);
    }
    worst = Math.max(worst, least);
    if (worst >= LATE) break;
  }
  console.log(worst);
}
"""
_LATE = 500
"""Milliseconds after which a pattern is broken off."""


@dataclass(frozen=True, slots=True)
class BrowserPattern:
    """One regular expression of a script, as JavaScript writes it."""

    where: str
    source: str
    flags: str

    def texts(self, size: int) -> list[str]:
        """Make texts of `size` bytes that it may be slow on."""
        flags = re.IGNORECASE if "i" in self.flags else 0
        named = re.sub(r"\(\?<(?![=!])", "(?P<", self.source)
        alike = Pattern(self.where, named, flags, ("finditer",))
        return list({attack.text(size): None for attack in attacks(alike)})


def scripts() -> list[Path]:
    """Give the scripts that the product serves to browsers."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.js"))]


def browser_patterns(script: str, where: str) -> Iterator[BrowserPattern]:
    """Give each regular expression that stands in a script."""
    for found in _LITERAL.finditer(script):
        line = script.count("\n", 0, found.start("source")) + 1
        yield BrowserPattern(f"{where}:{line}", found["source"], found["flags"])


def milliseconds(node: str, every: list[BrowserPattern], size: int) -> list[float]:
    """Measure the processor time that each takes for the worst text of `size` bytes."""
    cases = [
        {"source": item.source, "flags": item.flags, "texts": item.texts(size)} for item in every
    ]
    finished = subprocess.run(
        (node, "-e", _MEASURE.replace("LATE", str(_LATE))),
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(line) for line in finished.stdout.splitlines()]
