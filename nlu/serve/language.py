"""Detect whether a message is Chinese or English by its letters."""

import re
from typing import Literal

Language = Literal["zh", "en"]

_HAN = re.compile("[㐀-鿿豈-﫿\U00020000-\U0003134f]")
_LATIN = re.compile("[a-zA-Z]+")


def detect(text: str) -> Language | None:
    """Detect the language of `text`; `None` when it has no letters.

    A Latin word counts as two Han characters, so that "Wi-Fi坏了" is Chinese and "my street is
    中山路" is English.
    """
    han = len(_HAN.findall(text))
    latin = sum(2 for word in _LATIN.finditer(text) if len(word.group()) > 1)
    if not han and not latin:
        return None
    return "zh" if han and han * 1.5 >= latin else "en"
