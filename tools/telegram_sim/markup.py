"""Parse Telegram's HTML: accept its tags and return the plain text."""

import html
import re

TAGS = frozenset(
    {
        "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a",
        "code", "pre", "blockquote", "tg-emoji",
    }
)  # fmt: skip

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s[^<>]*)?)>")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);")


class Unparsable(ValueError):  # noqa: N818 - named for what is wrong with the text
    """Markup that Telegram refuses; the message has Telegram's words."""


def units(text: str) -> int:
    """Count UTF-16 units, as Telegram does."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read(text: str) -> str:
    """Return the plain text of HTML.

    Raises:
        Unparsable: a tag is unknown, not closed or closed in the wrong order.
    """
    words: list[str] = []
    open_tags: list[str] = []
    position = 0
    while (start := text.find("<", position)) >= 0:
        words.append(_plain(text[position:start]))
        offset = len(text[:start].encode())
        found = _TAG.match(text, start)
        if found is None:
            raise Unparsable(f'Unsupported start tag "" at byte offset {offset}')
        closing, name = found[1], found[2].lower()
        if closing:
            if not open_tags or open_tags[-1] != name:
                raise Unparsable(f"Unmatched end tag at byte offset {offset}")
            open_tags.pop()
        elif name not in TAGS:
            raise Unparsable(f'Unsupported start tag "{name}" at byte offset {offset}')
        else:
            open_tags.append(name)
        position = found.end()
    if open_tags:
        raise Unparsable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    words.append(_plain(text[position:]))
    return "".join(words)


def _plain(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)
