"""Parse written numbers: Arabic, Chinese, and mixed ("1万2", "3.5万", "两千八")."""

import re

DIGITS = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7,
    "八": 8, "九": 9, "幺": 1,
}  # fmt: skip
_UNITS = {"十": 10, "百": 100, "千": 1_000}
_LARGE = {"万": 10_000, "亿": 100_000_000}

HAN = "零〇一二两三四五六七八九十百千万亿"
NUMBER = (
    rf"(?:[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,4}}(?:\.[0-9]{{1,2}})?"
    rf"|[0-9]{{1,12}}(?:\.[0-9]{{1,4}})?[百千万亿]?|[{HAN}]{{1,12}})"
)
"""A pattern for one number; bounded, so that it matches in linear time."""

_ARABIC = re.compile(r"([0-9]+(?:\.[0-9]+)?)([十百千万亿]?)")


def value(text: str) -> float | None:
    """Parse the number in `text`, or return `None` when it is not a number.

    A digit without unit after a unit counts the next smaller unit, as in speech: 两千八 is 2800.
    """
    text = text.replace(",", "").strip()
    arabic = _ARABIC.fullmatch(text)
    if arabic:
        return float(arabic[1]) * (_UNITS | _LARGE).get(arabic[2], 1)
    if not text or any(part not in DIGITS | _UNITS | _LARGE for part in text):
        return None
    if len(text) > 1 and all(part in DIGITS for part in text):
        return float("".join(str(DIGITS[part]) for part in text))
    return _spoken(text)


def _spoken(text: str) -> float:
    total = section = digit = 0
    unit = 1
    zero = False
    for part in text:
        if part in DIGITS:
            digit = DIGITS[part]
            zero = zero or digit == 0
        elif part in _UNITS:
            unit, zero = _UNITS[part], False
            section += (digit or (1 if part == "十" else 0)) * unit
            digit = 0
        else:
            unit, zero = _LARGE[part], False
            total = (
                (total + section + digit) * unit
                if part == "亿"
                else total + (section + digit) * unit
            )
            section = digit = 0
    if digit and unit > 10 and not zero:
        digit *= unit // 10
    return float(total + section + digit)


def whole(text: str) -> int | None:
    """Parse a whole number in `text`, else return `None`."""
    number = value(text)
    return int(number) if number is not None and number == int(number) else None
