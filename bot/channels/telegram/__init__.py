"""Telegram channel: receives updates by webhook or polling, sends replies by the Bot API.

python-telegram-bot provides the types and the calls. Receiving is our own code, because an update
may be acknowledged only after it is stored. Only private chats are served: a group has many
readers, and a case belongs to one citizen.
`service` starts and stops the bot; `polling` and `webhook` receive, `updates` and `albums` store,
`channel` accepts messages, `sending` sends. Only the wiring imports from here, and `solvefirst` the
queues `parts` and `updates`. Begin
with `service.TelegramService`.
"""

import os
from dataclasses import dataclass

# python-telegram-bot returns time spans as numbers and warns of it without this setting.
os.environ.setdefault("PTB_TIMEDELTA", "1")

CHANNEL = "telegram"

TELEGRAM = "https://api.telegram.org"
"""Base address of Telegram's Bot API."""

WEBHOOK_PATH = "/telegram/webhook"


@dataclass(frozen=True, slots=True)
class Options:
    """Connection options of a city's bot.

    Updates are polled unless `webhook_url`, our own public address, is given. Telegram sends
    `secret` with each update that it posts there. `patience` is the time limit of one call in
    seconds.
    """

    token: str
    secret: str
    api_url: str = TELEGRAM
    webhook_url: str | None = None
    patience: float = 10.0

    @property
    def bot_id(self) -> str:
        """The bot's numeric id, which is not secret."""
        return self.token.partition(":")[0]

    @property
    def webhook(self) -> str | None:
        """The full address to which Telegram posts."""
        if self.webhook_url is None:
            return None
        return self.webhook_url.rstrip("/").removesuffix(WEBHOOK_PATH) + WEBHOOK_PATH
