"""Parse `If-Match` by RFC 9110: the versions of a case that the caller has read."""

import re
from typing import Annotated

from fastapi import Depends, Header

_TAG = r'(?:W/)?"[\x21\x23-\x7e]*"'
_FIELD = rf"^(?:\*|[0-9]{{1,9}}|{_TAG}(?:[ \t]*,[ \t]*{_TAG})*)$"
_STRONG = re.compile(r'(?<!W/)"([0-9]{1,9})"')


async def _seen(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            pattern=_FIELD,
            max_length=500,
            description=(
                "The `ETag` that was seen, one or a list: the move is refused if the case has "
                "moved on. `*` stands for any version; a weak tag matches none. A bare number "
                "is taken for a tag."
            ),
            examples=['"3"'],
        ),
    ] = None,
) -> frozenset[int] | None:
    if if_match is None or if_match == "*":
        return None
    if if_match.isdecimal():
        return frozenset({int(if_match)})
    return frozenset(map(int, _STRONG.findall(if_match)))


IfMatch = Annotated[frozenset[int] | None, Depends(_seen)]
"""The matching versions, by strong comparison; None for any version."""
