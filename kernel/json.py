"""JSON as this software writes it: compact, UTF-8, no escapes for Chinese, no NaN."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
"""A value that JSON can write, not to be changed by who receives it."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


def dumps(value: object) -> str:
    """Write `value` on one line.

    Raises:
        TypeError: something in it has no JSON form.
        ValueError: it holds NaN or an infinity, or refers to itself.
    """
    return _encode(value)


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - what a JSON text holds is known only to its reader
    """Read one JSON value, of UTF-8 when it comes as bytes.

    Raises:
        ValueError: `text` is not JSON.
    """
    return _decode(text if isinstance(text, str) else text.decode())
