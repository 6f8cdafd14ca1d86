"""What `solvefirst doctor` tells of one thing."""

from dataclasses import dataclass
from enum import Enum


class FindingLevel(Enum):
    """How a look at one thing ended."""

    FINE = "[green]fine[/green]"
    MIND = "[yellow]mind[/yellow]"
    WRONG = "[red]wrong[/red]"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was seen, and what to do when it is not fine."""

    subject: str
    verdict: FindingLevel
    seen: str
    advice: str = ""
