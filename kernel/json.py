"""Read and write JSON: compact, UTF-8, Chinese unescaped, without NaN."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import orjson

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
"""A value that JSON can represent. Receivers must not change it."""

_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
"""Accept only JSON types: callers convert datetimes and dataclasses themselves."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


def dumps(value: object) -> str:
    """Write `value` on one line. NaN and the infinities, which JSON lacks, become null.

    Raises:
        TypeError: something in it has no JSON form.
        ValueError: it contains itself.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS).decode()
    except TypeError:
        # orjson rejects numbers as keys, lone surrogates and long integers; JSON allows them.
        return _encode(value)


def loads(text: str | bytes) -> Any:  # noqa: ANN401 - what a JSON text holds is known only to its reader
    """Read one JSON value; bytes must be UTF-8.

    Raises:
        ValueError: `text` is not JSON.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        # As above: JSON allows escaped lone surrogates, and orjson's limits are narrower.
        return _decode(text if isinstance(text, str) else text.decode())
