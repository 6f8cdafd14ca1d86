"""Telegram: updates come by webhook or by polling, replies go out by the Bot API.

python-telegram-bot gives the types and the calls; the road in is our own, because an update may be
acknowledged only when it is kept. Only private chats are served: what is said in a group is said
to many, and a case is one citizen's.
"""

import os
from dataclasses import dataclass

# python-telegram-bot gives spans of time as numbers and warns of it unless it is told this.
os.environ.setdefault("PTB_TIMEDELTA", "1")

CHANNEL = "telegram"

TELEGRAM = "https://api.telegram.org"
"""Where Telegram's own Bot API is."""

WEBHOOK_PATH = "/telegram/webhook"


@dataclass(frozen=True, slots=True)
class Options:
    """How a city's bot is reached.

    Updates are polled for unless `webhook_url`, our own public address, is given. `secret` is what
    Telegram shows with each update it posts there; `patience` is the seconds that one call lasts.
    """

    token: str
    secret: str
    api_url: str = TELEGRAM
    webhook_url: str | None = None
    patience: float = 10.0

    @property
    def bot_id(self) -> str:
        """The number of the bot, which is no secret."""
        return self.token.partition(":")[0]

    @property
    def webhook(self) -> str | None:
        """The whole address that Telegram posts to."""
        if self.webhook_url is None:
            return None
        return self.webhook_url.rstrip("/").removesuffix(WEBHOOK_PATH) + WEBHOOK_PATH
