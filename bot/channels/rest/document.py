"""The REST channel's requests and responses in the OpenAPI document."""

from typing import Any

from bot import limits
from bot.channels.rest.body import DEEPEST
from bot.http import MESSAGE_ID, SENDER

MESSAGE_IN: dict[str, Any] = {
    "type": "object",
    "required": ["sender", "message"],
    "properties": {
        "sender": {
            "type": ["string", "integer"],
            "minLength": 1,
            "maxLength": SENDER,
            "pattern": rf"^[^\s{limits.DROPPED}](?:[^\r{limits.DROPPED}]*[^\s{limits.DROPPED}])?$",
        },
        "message": {"type": "string"},
        "metadata": {
            "description": f"Goes to the actions with the message; at most {DEEPEST} levels.",
            "type": ["object", "null", "array"],
            "items": {},
            "maxItems": 0,
            "properties": {
                "message_id": {
                    "type": ["string", "integer", "null"],
                    "minLength": 1,
                    "maxLength": MESSAGE_ID,
                    "pattern": rf"[^\s{limits.DROPPED}]",
                },
                "language": {"enum": ["zh", "en"]},
            },
        },
    },
    "example": {
        "sender": "citizen-1",
        "message": "The street lights in our compound have been out for three days",
        "metadata": {"message_id": "1"},
    },
}

MESSAGE_OUT: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["recipient_id"],
        "properties": {
            "recipient_id": {"type": "string"},
            "text": {"type": "string"},
            "buttons": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["title", "payload"],
                    "properties": {"title": {"type": "string"}, "payload": {"type": "string"}},
                },
            },
            "custom": {"type": "object"},
            "image": {"type": "string"},
        },
    },
}

PARSE_IN: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}, "message_id": {"type": ["string", "null"]}},
    "example": {"text": "How far along is my case?"},
}

_REFUSALS = {
    400: "The body is not JSON",
    401: "The token is missing or wrong",
    413: "The message is too large",
    415: "The Content-Type is not application/json",
    422: "A field is missing or wrong",
    429: "The sender writes too fast",
    503: "The engine is away; or danger was heard and not kept: `params.words` says whom to call",
}


def request_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Describe a route's JSON body."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def responses_of(schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Describe a route's replies and its refusals."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        200: {"description": "The replies", "content": {"application/json": {"schema": schema}}},
        **{
            status: {"description": description, "content": problem}
            for status, description in _REFUSALS.items()
        },
    }
