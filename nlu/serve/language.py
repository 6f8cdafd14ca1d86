"""Whether a message is Chinese or English, by the share of its letters."""

import re
from typing import Literal

Language = Literal["zh", "en"]

_HAN = re.compile("[㐀-鿿豈-﫿\U00020000-\U0003134f]")
_LATIN = re.compile("[a-zA-Z]+")


def detect(text: str) -> Language | None:
    """Tell the language of `text`, or `None` when it has no letters to tell by.

    A Latin word counts as much as two Han characters, so that "Wi-Fi坏了" stays Chinese and
    "my street is 中山路" stays English.
    """
    han = len(_HAN.findall(text))
    latin = sum(2 for word in _LATIN.finditer(text) if len(word.group()) > 1)
    if not han and not latin:
        return None
    return "zh" if han and han * 1.5 >= latin else "en"
