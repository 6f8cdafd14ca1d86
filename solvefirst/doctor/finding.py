"""Define the result of one check of `solvefirst doctor`."""

from dataclasses import dataclass
from enum import Enum


class FindingLevel(Enum):
    """Result level of one check."""

    FINE = "[green]fine[/green]"
    MIND = "[yellow]mind[/yellow]"
    WRONG = "[red]wrong[/red]"


@dataclass(frozen=True, slots=True)
class Finding:
    """One checked subject: the result, and the correction if it is not fine."""

    subject: str
    verdict: FindingLevel
    seen: str
    advice: str = ""
