"""The dangers that `nlu.emergency` knows: whom to call for each, and the signs that tell it."""

import re
from dataclasses import dataclass
from typing import Literal

from nlu import dangersigns as chinese
from nlu import dangersigns_en as english
from nlu import dangersigns_people as people
from nlu.dangerwords import Signs

Number = Literal["110", "119", "120", "122"]
Kind = Literal[
    "fire", "gas", "self_harm", "medical", "trapped", "crime", "electric", "traffic", "missing",
    "collapse", "water",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Danger:
    """One way of saying that something is wrong now.

    `needs` are characters of which a Chinese text must have one before `chinese` is tried at all.
    A danger that `lasts` is still one when it began yesterday: a leak, a lost child; a fire then
    is not.
    """

    kind: Kind
    call: tuple[Number, ...]
    needs: frozenset[str]
    chinese: re.Pattern[str]
    english: re.Pattern[str]
    lasts: bool = False


def _danger(
    kind: Kind,
    call: tuple[Number, ...],
    signs: Signs,
    latin: tuple[str, ...],
    *,
    lasts: bool = False,
) -> Danger:
    return Danger(
        kind,
        call,
        frozenset(signs.needs),
        re.compile("|".join(signs.patterns)),
        re.compile(r"\b(?:" + "|".join(latin) + ")"),
        lasts,
    )


# Order is gravity: the first danger found names the emergency.
DANGERS = (
    _danger("fire", ("119",), chinese.FIRE, english.FIRE),
    _danger("gas", ("119",), chinese.GAS, english.GAS, lasts=True),
    _danger("self_harm", ("110", "120"), people.SELF_HARM, english.SELF_HARM, lasts=True),
    _danger("trapped", ("119",), chinese.TRAPPED, english.TRAPPED),
    _danger("water", ("119",), chinese.WATER, english.WATER),
    _danger("electric", ("119",), chinese.ELECTRIC, english.ELECTRIC, lasts=True),
    _danger("collapse", ("119", "110"), chinese.COLLAPSE, english.COLLAPSE),
    _danger("traffic", ("122", "120"), chinese.HURT_IN_TRAFFIC, english.HURT_IN_TRAFFIC),
    _danger("crime", ("110",), people.CRIME, english.CRIME),
    _danger("medical", ("120",), people.MEDICAL, english.MEDICAL),
    _danger("traffic", ("122",), chinese.TRAFFIC, english.TRAFFIC),
    _danger("missing", ("110",), people.MISSING, english.MISSING, lasts=True),
)
