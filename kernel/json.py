"""JSON as this software writes it: compact, UTF-8, no escapes for Chinese, no NaN."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import orjson

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
"""A value that JSON can write, not to be changed by who receives it."""

_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""Only what JSON has; a moment or a record is for its owner to write."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


def dumps(value: object) -> str:
    """Write `value` on one line. NaN and the infinities, which JSON lacks, become null.

    Raises:
        TypeError: something in it has no JSON form.
        ValueError: it refers to itself.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS).decode()
    except TypeError:
        # What orjson refuses and JSON allows: numbers as keys, lone surrogates, long integers.
        return _encode(value)


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - what a JSON text holds is known only to its reader
    """Read one JSON value, of UTF-8 when it comes as bytes.

    Raises:
        ValueError: `text` is not JSON.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        # As above: an escaped lone surrogate is JSON, and orjson's own limits are narrower.
        return _decode(text if isinstance(text, str) else text.decode())
