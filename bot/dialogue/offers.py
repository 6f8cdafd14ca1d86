"""Store the buttons of the last turn in front of the engine's state.

A citizen may type a button's title instead of tapping it. The titles are stored with the state, so
that comparing needs no SQL statement, and they are encrypted and erased with it.
"""

from collections.abc import Mapping, Sequence

from bot.message import Reply

_MARK, _END = b"\x01", b"\x00"
_BUTTON, _PAYLOAD = "\x1e", "\x1f"


def pack(replies: Sequence[Reply], state: bytes | None) -> bytes | None:
    """Prepend the buttons of `replies` to an engine's state."""
    offers = [
        f"{title}{_PAYLOAD}{button.payload}"
        for reply in replies
        for button in reply.buttons
        if (title := _plain(button.title))
    ]
    if not offers:
        return state
    return _MARK + _BUTTON.join(offers).encode("utf-8", "surrogatepass") + _END + (state or b"")


def unpack(kept: bytes | None) -> tuple[Mapping[str, str], bytes | None]:
    """Return the payload of each offered title, and the engine's state."""
    if kept is None or not kept.startswith(_MARK):
        return {}, kept
    offers, _, state = kept[len(_MARK) :].partition(_END)
    pairs = (
        button.partition(_PAYLOAD)
        for button in offers.decode("utf-8", "surrogatepass").split(_BUTTON)
    )
    return {title: payload for title, _, payload in pairs}, state or None


def meant(text: str, offers: Mapping[str, str]) -> str | None:
    """Return the payload of the button whose title was typed; None when no title matches."""
    return offers.get(_plain(text)) if offers else None


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()
