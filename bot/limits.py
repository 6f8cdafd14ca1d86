"""Limit inbound messages: clean the text, check its length, limit the rate of a sender."""

import re
from datetime import datetime

from kernel.limiter import port as limiter
from kernel.limiter.local import Buckets

HANDLED = 8_000
"""Most characters of a message for the engine; longer ones are stored and answered with words."""

KEPT = 64 * 1024
"""Most bytes of a message (UTF-8); the channel refuses longer ones."""

DROPPED = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters except tab and line ends
    r"\u202a-\u202e\u2066-\u2069\ufeff"  # changes of the writing direction, byte order mark
)
"""Characters that cleaning removes, as the content of a pattern's brackets."""

_DROPPED = re.compile(f"[{DROPPED}]")
_LONE = re.compile("[\ud800-\udfff]")


class MessageTooLong(ValueError):  # noqa: N818 - named for what is wrong with the message
    """A message longer than `KEPT`; it is not accepted."""


class TooMany(ValueError):  # noqa: N818
    """A sender beyond its rate; the next message is accepted in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


def clean(text: str) -> str:
    r"""Make `text` safe to store, encode and show; nothing else changes a citizen's words.

    Surrogate pairs are joined, and lone surrogates become U+FFFD. Line ends become `\n`. Control
    characters, byte order marks and characters that change the writing direction are removed,
    because they can hide text from the reader. White space at both ends is removed.
    """
    if _LONE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _DROPPED.sub("", text).strip()


def check_size(text: str) -> None:
    """Refuse a text that is too long.

    Raises:
        MessageTooLong: more than `KEPT` bytes.
    """
    # A character has at most four bytes, so most texts are measured without encoding.
    if len(text) * 4 > KEPT and len(text.encode("utf-8", "surrogatepass")) > KEPT:
        raise MessageTooLong(f"more than {KEPT} bytes")


class SenderLimiter:
    """Rate limit of a sender: `burst` messages at once, then `per_second`.

    It is in memory, for the most recent `senders`. `bot.inbound.quotas` limits network addresses.
    """

    def __init__(self, burst: int, per_second: float, *, senders: int = 10_000) -> None:
        self._rate = limiter.RateLimit(burst, per_second)
        self._buckets = Buckets(senders)

    def take(self, sender: str, now: datetime) -> None:
        """Count one message of `sender`.

        Raises:
            TooMany: the limit is exceeded; the message is not counted.
        """
        wait = self._buckets.wait(sender, self._rate, now)
        if wait:
            raise TooMany(int(wait) + 1)
        self._buckets.take(sender)
