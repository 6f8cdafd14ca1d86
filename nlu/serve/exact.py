"""Texts that mean one thing whatever a model says: codes, a case with its code, rights by title."""

import re
from collections.abc import Mapping

from nlu.extract.entity import FoundEntity

_CODE = re.compile(r"(?=[A-Z0-9-]{0,13}[0-9])[A-Z0-9]{4}(?:-[A-Z0-9]{4}){1,2}", re.IGNORECASE)
"""A code as receipts and join codes write it, alone in a message: letters that mean nothing, which
a model of words would guess about."""

_NUMBER = r"(?:工单号?|编号|case(?: number)?)?[:\s]{0,3}20[0-9]{6}[- ]{0,2}[0-9]{6}[- ]{0,2}[0-9]"
_ACCESS = r"(?:查询码|access code|code)?[:\s]{0,3}[A-Z0-9]{4}(?:[- ][A-Z0-9]{4}){2}"
_BETWEEN = r"[\s,;、/_和]{1,4}(?:and )?"
_REFERENCE = re.compile(
    rf"{_NUMBER}{_BETWEEN}{_ACCESS}|{_ACCESS}{_BETWEEN}{_NUMBER}", re.IGNORECASE
)
"""A case number and its access code, as the receipt invites to send them."""

RIGHTS: Mapping[str, str] = {
    "导出我的资料": "export",
    "删除我的资料": "delete",
    "连接我的另一个渠道": "connect",
    "export my data": "export",
    "delete my data": "delete",
    "connect another channel": "connect",
}
"""The titles of the privacy buttons, and what each does: a right is granted to words too."""

_ENDS = " 。.!?,~"


def exact(text: str) -> tuple[str, tuple[FoundEntity, ...]] | None:
    """Give the intent and further details of a normalised text; None where a model must tell."""
    words = text.strip()
    if _CODE.fullmatch(words):
        return "inform", ()
    if _REFERENCE.fullmatch(words):
        return "check_progress", ()
    right = RIGHTS.get(words.strip(_ENDS).casefold())
    if right is None:
        return None
    return "privacy", (FoundEntity("do", right, 0, len(text), 1.0),)
