"""What is taken at the door: how text is cleaned, how long it may be, how fast it may come."""

import re
from datetime import datetime

from kernel.limiter import port as limiter
from kernel.limiter.local import Buckets

HANDLED = 8_000
"""Characters of one message that go to the engine; longer ones are kept and answered with words."""

KEPT = 64 * 1024
"""Bytes of one message (UTF-8) that are kept at all; more is refused by the channel."""

DROPPED = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters but tab and line ends
    r"\u202a-\u202e\u2066-\u2069\ufeff"  # turns of the writing direction, byte order mark
)
"""Characters that cleaning drops, as they stand between the brackets of a pattern."""

_DROPPED = re.compile(f"[{DROPPED}]")
_LONE = re.compile("[\ud800-\udfff]")


class MessageTooLong(ValueError):  # noqa: N818 - named for what is wrong with the message
    """A message longer than `KEPT`: nothing of it was taken."""


class TooMany(ValueError):  # noqa: N818
    """A sender beyond its rate: nothing was taken; `seconds` until one more would be."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


def clean(text: str) -> str:
    r"""Make `text` safe to keep, to encode and to show; nothing else alters a citizen's words.

    Surrogates that belong together are joined, lone ones become U+FFFD; line ends become `\n`;
    NUL and the other control characters, byte order marks and characters that turn the writing
    direction are dropped (they hide what is written from whoever reads it); blanks at both ends go.
    """
    if _LONE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _DROPPED.sub("", text).strip()


def check_size(text: str) -> None:
    """Refuse what is too long to keep.

    Raises:
        MessageTooLong: more than `KEPT` bytes.
    """
    # The longest character has four bytes, so most texts need not be encoded to be measured.
    if len(text) * 4 > KEPT and len(text.encode("utf-8", "surrogatepass")) > KEPT:
        raise MessageTooLong(f"more than {KEPT} bytes")


class SenderLimiter:
    """How fast one sender may write: `burst` messages at once, then `per_second`.

    Held in memory for the `senders` seen last; what an address may do is `bot.inbound.quotas`.
    """

    def __init__(self, burst: int, per_second: float, *, senders: int = 10_000) -> None:
        self._rate = limiter.RateLimit(burst, per_second)
        self._buckets = Buckets(senders)

    def take(self, sender: str, now: datetime) -> None:
        """Count one message of `sender`.

        Raises:
            TooMany: it is one too many; it was not counted.
        """
        wait = self._buckets.wait(sender, self._rate, now)
        if wait:
            raise TooMany(int(wait) + 1)
        self._buckets.take(sender)
