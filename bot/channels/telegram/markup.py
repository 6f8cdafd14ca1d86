"""What a reply looks like in Telegram: escaped, split at its limits, with buttons below.

Telegram counts UTF-16 units, after it has read the markup.
"""

import html
import re
import unicodedata
from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.message import Button

TEXT = 4096
CAPTION = 1024
"""Units of a message and of a picture's caption at most."""

BUTTONS = 100
"""Buttons below one message at most."""

CHOSEN = "="
"""The data of a button that was tapped already."""

_NARROW = 14
"""Columns of a title up to which two buttons share a row."""

_BORDERS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(
        r"[\u3002\uff01\uff1f\uff1b\u2026]+[\u201d\u300d\uff09]*|(?<![.!?;])[.!?;]+[\"')]*(?=\s)"
    ),
    re.compile(r"[\uff0c\u3001\uff1a]|[,:](?=\s)"),
    re.compile(r"\s"),
)
"""Where a text may be cut, the best first: paragraph, line, sentence, clause, word."""


def units(text: str) -> int:
    """Count a text as Telegram does."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escape(text: str) -> str:
    """Make plain words into HTML that shows them as they are."""
    return html.escape(text, quote=False)


def split(text: str, limit: int = TEXT, first: int | None = None) -> list[str]:
    """Cut plain words into parts of at most `limit` units, the first of at most `first`.

    A cut falls on the best border of the part's second half; without one it falls anywhere. Blank
    space around a cut is dropped, nothing else is.
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
    """Name a button: nothing of its payload leaves the house."""
    return f"{event}.{index}"


_DATA = re.compile(r"([1-9][0-9]{0,8})\.([0-9]{1,2})")


def button_of(data: str) -> tuple[int, int] | None:
    """Read a button's name back: event and place; `None` when it is none of ours."""
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
    """Show which button was tapped, and let it not be tapped again; the others stay."""
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
