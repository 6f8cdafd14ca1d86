"""Correct a place: "no, it is number 86" changes the number, not the road."""

import re
from collections.abc import Mapping
from typing import Any

_CODES = ("district", "street", "community")
_ANCHORS = ("road", "estate", "landmark")
_FINE = ("number", "building")
_DIGITS = re.compile(r"\d+")
_BARE_NUMBER = re.compile(r"(?:[A-Za-z.]+\s*)?(\d+[A-Za-z]?)")


def in_words(words: str) -> dict[str, Any]:
    """Return the place in bare words: only a number, if they are one ("number 86")."""
    number = _BARE_NUMBER.fullmatch(words)
    return {"text": words, "number": number.group(1)} if number else {"text": words}


def amended(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the place `old` after its correction by `new`.

    A new number or building replaces the old one. A new road, estate or landmark replaces the whole
    place, but keeps the old district if it names none. A new district, street or community alone
    moves the place there; its words come first.
    """
    if not old or not old.get("text"):
        return dict(new)
    if any(new.get(part) for part in _ANCHORS):
        return _within(old, new)
    if any(new.get(part) for part in _FINE):
        return _renumbered(old, new)
    if any(new.get(part) for part in _CODES):
        return _moved(old, new)
    return dict(new)


def _within(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    if any(new.get(part) for part in _CODES):
        return dict(new)
    kept = {part: old[part] for part in ("district",) if old.get(part)}
    return {**kept, **new}


def _renumbered(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    text, place = str(old["text"]), dict(old)
    for part in _FINE:
        if not new.get(part):
            continue
        value = str(new[part])
        before = str(old.get(part) or "")
        known = bool(before) and before in text
        text = text.replace(before, value) if known else _swapped(text, value)
        place[part] = value
    codes = {part: new[part] for part in _CODES if new.get(part)}
    return {**place, **codes, "text": text}


def shape_of(value: str) -> re.Pattern[str] | None:
    """Return a pattern of values like `value`: any digits, the same words; None without both."""
    if not _DIGITS.search(value) or value.isdecimal():
        return None
    return re.compile(r"\d+".join(re.escape(part) for part in _DIGITS.split(value)))


def _swapped(text: str, value: str) -> str:
    """Replace the part of `text` with the form of `value` (digits and unit), or append it."""
    shape = shape_of(value)
    if shape is None or not shape.search(text):
        return f"{text}{value}"
    return shape.sub(lambda _: value, text, count=1)


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    broad = next(part for part in _CODES if new.get(part))
    kept = {
        part: value
        for part, value in old.items()
        if part not in _CODES or _CODES.index(part) < _CODES.index(broad)
    }
    text, was = str(new["text"]), str(old["text"])
    return {**kept, **{p: new[p] for p in _CODES if new.get(p)}, "text": f"{text} {was}".strip()}
