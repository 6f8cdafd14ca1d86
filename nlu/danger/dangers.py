"""List the kinds of danger, with the numbers to call and the signs of each."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from nlu.danger import signs as chinese
from nlu.danger import signs_en as english
from nlu.danger import signs_people as people
from nlu.danger.words import Signs

Number = Literal["110", "119", "120", "122"]
Kind = Literal[
    "fire", "gas", "self_harm", "medical", "trapped", "crime", "electric", "traffic", "missing",
    "collapse", "water",
]  # fmt: skip


@dataclass(frozen=True)
class DangerPattern:
    """One kind of danger, with the words that report it.

    A danger that `lasts` is still present if it began yesterday: a leak, a lost child, but not a
    fire. Its signs are compiled at first use, because compiling all of them takes a twentieth of a
    process's start.
    """

    kind: Kind
    call: tuple[Number, ...]
    signs: Signs
    latin: tuple[str, ...]
    lasts: bool = False

    @cached_property
    def needs(self) -> frozenset[str]:
        """Characters of which a Chinese text must contain one, or `chinese` cannot match."""
        return frozenset(self.signs.needs)

    @cached_property
    def chinese(self) -> re.Pattern[str]:
        """Its signs in Chinese. None begins with a Latin letter, a mark or a long number."""
        return re.compile(rf"(?![ -/:-~\n]|[0-9]{{11}})(?:{'|'.join(self.signs.patterns)})")

    @cached_property
    def english(self) -> re.Pattern[str]:
        """Its signs in English."""
        return re.compile(r"\b(?:" + "|".join(self.latin) + ")")


# Ordered by severity: the first danger found names the emergency.
DANGERS = (
    DangerPattern("fire", ("119",), chinese.FIRE, english.FIRE),
    DangerPattern("gas", ("119",), chinese.GAS, english.GAS, lasts=True),
    DangerPattern("self_harm", ("110", "120"), people.SELF_HARM, english.SELF_HARM, lasts=True),
    DangerPattern("trapped", ("119",), chinese.TRAPPED, english.TRAPPED),
    DangerPattern("water", ("119",), chinese.WATER, english.WATER),
    DangerPattern("electric", ("119",), chinese.ELECTRIC, english.ELECTRIC, lasts=True),
    DangerPattern("collapse", ("119", "110"), chinese.COLLAPSE, english.COLLAPSE),
    DangerPattern("traffic", ("122", "120"), chinese.HURT_IN_TRAFFIC, english.HURT_IN_TRAFFIC),
    DangerPattern("crime", ("110",), people.CRIME, english.CRIME),
    DangerPattern("medical", ("120",), people.MEDICAL, english.MEDICAL),
    DangerPattern("traffic", ("122",), chinese.TRAFFIC, english.TRAFFIC),
    DangerPattern("missing", ("110",), people.MISSING, english.MISSING, lasts=True),
)
