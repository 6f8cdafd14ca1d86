"""Recognise texts with a fixed meaning: codes, a case with its code, titles of privacy buttons."""

import re
from collections.abc import Mapping

from nlu.extract.entity import FoundEntity

_CODE = re.compile(r"(?=[A-Z0-9-]{0,13}[0-9])[A-Z0-9]{4}(?:-[A-Z0-9]{4}){1,2}", re.IGNORECASE)
"""A message that is only a code of a receipt or join code. Its letters have no meaning, so a model
of words would only guess."""

_NUMBER = r"(?:工单号?|编号|case(?: number)?)?[:\s]{0,3}20[0-9]{6}[- ]{0,2}[0-9]{6}[- ]{0,2}[0-9]"
_ACCESS = r"(?:查询码|access code|code)?[:\s]{0,3}[A-Z0-9]{4}(?:[- ][A-Z0-9]{4}){2}"
_BETWEEN = r"[\s,;、/_和]{1,4}(?:and )?"
_REFERENCE = re.compile(
    rf"{_NUMBER}{_BETWEEN}{_ACCESS}|{_ACCESS}{_BETWEEN}{_NUMBER}", re.IGNORECASE
)
"""A case number and its access code, as the receipt asks to send them."""

RIGHTS: Mapping[str, str] = {
    "导出我的资料": "export",
    "删除我的资料": "delete",
    "连接我的另一个渠道": "connect",
    "export my data": "export",
    "delete my data": "delete",
    "connect another channel": "connect",
}
"""The titles of the privacy buttons and their actions: typed titles count as taps."""

_ENDS = " 。.!?,~"


def exact(text: str) -> tuple[str, tuple[FoundEntity, ...]] | None:
    """Return the intent and entities of a normalised text; None when a model must decide."""
    words = text.strip()
    if _CODE.fullmatch(words):
        return "inform", ()
    if _REFERENCE.fullmatch(words):
        return "check_progress", ()
    right = RIGHTS.get(words.strip(_ENDS).casefold())
    if right is None:
        return None
    return "privacy", (FoundEntity("do", right, 0, len(text), 1.0),)
