"""Messages of citizens in measurements, and the path they are sent to."""

from collections.abc import Mapping, Sequence
from typing import Any

PATH = "/webhooks/rest/webhook"
"""Path of the REST channel."""

CONVERSATION = (
    "你好",
    "我要投诉，建邺区江东中路12号门口的路灯坏了三天了，晚上一片漆黑",
    "你们能做什么？",
    "不对，是86号",
    "不想留电话",
    "确认",
)
"""Greeting, a matter, a question in the middle, a correction, a refusal, the confirmation."""

MATTER = (CONVERSATION[1], "不想留电话", "确认")
"""The shortest way to a case."""


def has_receipt(answer: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether an answer of the REST channel has a receipt: the case is open."""
    return any((row.get("custom") or {}).get("type") == "receipt" for row in answer)
