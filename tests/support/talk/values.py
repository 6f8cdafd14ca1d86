"""Compare what was filed with what a file expects, whatever script, spaces and numerals it has."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("traditional.txt")


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters and the simplified ones that stand for them."""
    pairs = TABLE.read_text(encoding="utf-8").split()
    return {ord(pair[0]): pair[1] for pair in pairs}


def even(text: str) -> str:
    """Bring a text into the form in which two are compared."""
    plain = unicodedata.normalize("NFKC", text).translate(_simplified()).casefold()
    return re.sub(r"\s", "", plain)


_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}
_DIGITS |= {"两": 2, "俩": 2, "〇": 0, "仨": 3}
_POWERS = {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "亿": 10**8}
_NUMBER = re.compile(
    r"(?:\d[\d,]*(?:\.\d+)?|[零〇一二三四五六七八九两俩仨])?(?:[十百千万亿kw]"
    r"|\d[\d,]*(?:\.\d+)?|[零〇一二三四五六七八九两俩仨])*"
)
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|.")


def numbers(text: str) -> set[float]:
    """Find every number in a text: 3,800, 3.8千, 三千八, 一万二, 5k."""
    written = (match[0] for match in _NUMBER.finditer(even(text)))
    found = (_value(item) for item in written if item and item[0] not in "kw")
    return {item for item in found if item is not None}


def _value(written: str) -> float | None:
    total = section = 0.0
    digit: float | None = None
    last = 1.0
    for token in _TOKEN.findall(written):
        if token in _POWERS:
            power = float(_POWERS[token])
            if power >= 10_000 and token != "k":
                section += digit or 0
                total += (section or 1) * power
                section = 0
            else:
                section += (1 if digit is None else digit) * power
            digit, last = None, power
        elif token in _DIGITS:
            value = _DIGITS[token]
            digit = value if digit is None or last == 1 else digit * 10 + value
            if value == 0:
                digit, last = None, 1.0
        elif token[0].isdigit():
            digit = float(token.replace(",", ""))
        else:
            return None
    if digit is not None:
        # 三千八 is 3800, 三千零八 is 3008; a number in digits after a power is itself.
        spoken = written[-1] in _DIGITS and last >= 100 and len(written) > 1
        section += digit * (last / 10 if spoken else 1)
    return total + section


def holds(value: str | None, wanted: Iterable[Any], key: str = "") -> bool:
    """Tell whether all of `wanted` stand in a filed value.

    `a|b` is either of them, an integer that number however written; of a contact only digits count.
    """
    if value is None:
        return False
    whole = re.sub(r"\D", "", value) if key == "contact" else even(value)
    for item in wanted:
        if isinstance(item, int):
            if float(item) not in numbers(value):
                return False
        elif not any(even(choice) in whole for choice in str(item).split("|")):
            return False
    return True


def said(texts: Iterable[str], wanted: str) -> bool:
    """Tell whether words were said; `a|b` is either of them."""
    whole = even("\n".join(texts))
    return any(even(choice) in whole for choice in wanted.split("|"))
