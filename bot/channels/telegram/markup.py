"""Format replies for Telegram: escape them, split them at its limits, add buttons.

Telegram counts UTF-16 units after parsing the markup.
"""

import html
import re
import unicodedata
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.message import Button

TEXT = 4096
CAPTION = 1024
"""Most units of a message and of a picture's caption."""

BUTTONS = 100
"""Most buttons below one message."""

CHOSEN = "="
"""Data of a button that was already tapped."""

_NARROW = 14
"""Widest title in columns for which two buttons share a row."""

_BORDERS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(
        r"[\u3002\uff01\uff1f\uff1b\u2026]+[\u201d\u300d\uff09]*|(?<![.!?;])[.!?;]+[\"')]*(?=\s)"
    ),
    re.compile(r"[\uff0c\u3001\uff1a]|[,:](?=\s)"),
    re.compile(r"\s"),
)
"""Places to cut a text, best first: paragraph, line, sentence, clause, word."""


def units(text: str) -> int:
    """Count the UTF-16 units of a text, as Telegram does."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape(text: str) -> str:
    """Escape plain text as HTML."""
    return html.escape(text, quote=False)


def split(text: str, limit: int = TEXT, first: int | None = None) -> list[str]:
    """Split plain text into parts of at most `limit` units, the first of at most `first`.

    It cuts at the best border in the second half of a part, or anywhere if there is none. Only the
    white space around a cut is removed.
    """
    parts: list[str] = []
    room = limit if first is None else first
    rest = text.strip()
    while units(rest) > room:
        head = rest.encode("utf-16-le", "surrogatepass")[: room * 2].decode("utf-16-le", "ignore")
        at = _border(head)
        parts.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
        room = limit
    if rest:
        parts.append(rest)
    return parts


def _border(head: str) -> int:
    for border in _BORDERS:
        ends = [found.end() for found in border.finditer(head) if found.end() > len(head) // 2]
        if ends:
            return ends[-1]
    return len(head)


def data_of(event: int, index: int) -> str:
    """Make a button's callback data from event and place, so that its payload is never sent."""
    return f"{event}.{index}"


_DATA = re.compile(r"([1-9][0-9]{0,8})\.([0-9]{1,2})")


def button_of(data: str) -> tuple[int, int] | None:
    """Parse callback data into event and place; `None` when it is not ours."""
    found = _DATA.fullmatch(data)
    return (int(found[1]), int(found[2])) if found else None


def keyboard(event: int, buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Lay out the buttons of a reply, short ones two in a row."""
    if not buttons:
        return None
    rows: list[list[InlineKeyboardButton]] = []
    half = False
    for index, button in enumerate(buttons[:BUTTONS]):
        shown = InlineKeyboardButton(button.title, callback_data=data_of(event, index))
        narrow = _columns(button.title) <= _NARROW
        if half and narrow:
            rows[-1].append(shown)
            half = False
        else:
            rows.append([shown])
            half = narrow
    return InlineKeyboardMarkup(rows)


def chosen(markup: InlineKeyboardMarkup, data: str) -> InlineKeyboardMarkup:
    """Mark the tapped button and disable it; the others stay."""
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(f"✓ {button.text}", callback_data=CHOSEN)
                if button.callback_data == data
                else button
                for button in row
            ]
            for row in markup.inline_keyboard
        ]
    )


def _columns(title: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in title)
