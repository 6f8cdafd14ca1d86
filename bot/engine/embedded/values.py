"""JSON values: copied, so that what an action is given and what is kept never share a list."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""Any value that JSON or YAML can hold. What a slot or a file holds is known only to its reader."""


def copy_json(value: Json) -> Json:
    """A copy of a JSON value that shares no list or dict with it."""
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is dict:
        return {key: item if type(item) is str else copy_json(item) for key, item in value.items()}
    if kind is list:
        return [copy_json(item) for item in value]
    if isinstance(value, Mapping):
        return {key: copy_json(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [copy_json(item) for item in value]
    return value


def through_json(value: Json) -> Json:
    """What `value` becomes on its way over HTTP: tuples as lists, keys as strings, nothing shared.

    Raises:
        TypeError, ValueError: something in it has no JSON form.
    """
    return json.loads(json.dumps(value, allow_nan=False))
