"""Replies of a `bot` event in Rasa's format, whichever engine logged it."""

from collections.abc import Mapping
from typing import Any

from bot.message import Button, Reply


def replies(event: Mapping[str, Any]) -> list[Reply]:
    """The replies of one `bot` event, as a Rasa output channel would send them.

    A text with buttons is one reply. A text without is parted at empty lines, each part a reply.
    Picture and custom content ride on the last part, or make a reply without text.
    """
    data: Mapping[str, Any] = event.get("data") or {}
    text: str = event.get("text") or ""
    buttons = tuple(
        Button(title=str(button.get("title", "")), payload=str(button.get("payload", "")))
        for button in data.get("buttons") or ()
    )
    parts = [text] if buttons else text.strip().split("\n\n") if text else []
    custom = data.get("custom") or None
    image = data.get("image") or None
    if not parts and custom is None and image is None:
        return []
    *first, last = parts or [""]
    return [
        *(Reply(text=part) for part in first),
        Reply(text=last, buttons=buttons, image=image, custom=custom),
    ]
