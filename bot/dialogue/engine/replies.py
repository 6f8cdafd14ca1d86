"""Convert `bot` events of Rasa's format, from any engine, to replies."""

from collections.abc import Mapping
from typing import Any

from bot.message import Button, Reply


def replies(event: Mapping[str, Any]) -> list[Reply]:
    """Return the replies of one `bot` event, as a Rasa output channel would send them.

    A text with buttons is one reply. A text without buttons is split at empty lines, and each part
    is a reply. Picture and custom content belong to the last part, or form a reply without text.
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
