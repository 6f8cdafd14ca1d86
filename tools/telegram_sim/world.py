"""Chats as Telegram has them: who writes what, what the bot has sent, which updates wait.

Everything happens in one event loop. `/sim` and tests in the same loop act through these methods.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from kernel.clock import Clock
from kernel.ids import Ids
from tools.telegram_sim.faults import Faults
from tools.telegram_sim.record import Record

Json = dict[str, Any]

USUAL = frozenset({"message", "edited_message", "callback_query", "my_chat_member"})
"""Kinds of updates given when the bot does not say which it wants."""


class Impossible(ValueError):  # noqa: N818 - named for what was asked
    """A citizen was told to do what nobody could do."""


@dataclass(slots=True)
class Chat:
    """One chat: a private one has its user's number."""

    id: int
    kind: str
    title: str
    language: str = "zh-hans"
    username: str | None = None
    blocked: bool = False
    left: bool = False
    moved_to: int | None = None
    messages: dict[int, Json] = field(default_factory=dict)
    last: int = 0

    def info(self) -> Json:
        """Give it as the Bot API shows it."""
        name = {"first_name": self.title} if self.kind == "private" else {"title": self.title}
        return {"id": self.id, "type": self.kind, **name}

    def user(self) -> Json:
        """Give its user as the Bot API shows one."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.title,
            "language_code": self.language,
        }


@dataclass(slots=True)
class Hook:
    """Where updates are posted to."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    last_error: str | None = None


class World:
    """All that the simulated Telegram knows of one bot."""

    def __init__(self, token: str, clock: Clock, ids: Ids) -> None:
        self.token = token
        self.clock = clock
        self.ids = ids
        self.me: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Solve First",
            "username": "solvefirst_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.chats: dict[int, Chat] = {}
        self.updates: list[Json] = []
        self.record = Record()
        self.faults = Faults()
        self.hook = Hook()
        self.allowed: frozenset[str] = USUAL
        self.commands: dict[str, list[Json]] = {}
        self.files: dict[str, tuple[str, bytes]] = {}
        self.queries: dict[str, int] = {}
        self.answered: dict[str, Json] = {}
        self._last_update = 1000
        self._watchers: set[asyncio.Future[None]] = set()
        self.closed = False
        self.questions = 0
        """How often the bot has asked for updates: the last question ends those before it."""

    # What changes wakes whoever waits for it.

    def changed(self) -> None:
        """Wake whoever waits for something to happen."""
        for watcher in self._watchers:
            if not watcher.done():
                watcher.set_result(None)
        self._watchers.clear()

    def close(self) -> None:
        """Let go of whoever waits for updates."""
        self.closed = True
        self.changed()

    async def change(self) -> None:
        """Wait until something happens."""
        await self.watch()

    def watch(self) -> "asyncio.Future[None]":
        """Give what is done when something happens after this call."""
        watcher: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watchers.add(watcher)
        return watcher

    async def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until a condition holds.

        Raises:
            TimeoutError: it did not in so many seconds of real time.
        """
        async with asyncio.timeout(seconds):
            while not condition():
                await self.change()

    # Chats.

    def chat(self, id_: int) -> Chat:
        """Find a chat; a private one begins to be when it is asked for."""
        if id_ not in self.chats:
            if id_ < 0:
                raise Impossible(f"there is no group {id_}")
            self.chats[id_] = Chat(id_, "private", f"User {id_}")
        return self.chats[id_]

    def group(self, id_: int, title: str, by: int) -> Chat:
        """Have a user put the bot into a new group."""
        self.chats[id_] = Chat(id_, "group", title)
        self.push("my_chat_member", self._membership(self.chats[id_], by, "left", "member"))
        return self.chats[id_]

    def block(self, user: int) -> None:
        """Have a user block the bot."""
        self.chat(user).blocked = True
        self.push("my_chat_member", self._membership(self.chat(user), user, "member", "kicked"))

    def unblock(self, user: int) -> None:
        """Have a user let the bot write again."""
        self.chat(user).blocked = False
        self.push("my_chat_member", self._membership(self.chat(user), user, "kicked", "member"))

    def move(self, old: int, new: int) -> None:
        """Give a chat a new number, as when a group becomes a supergroup."""
        chat = self.chats[old]
        chat.moved_to = new
        self.chats[new] = Chat(new, "supergroup" if new < 0 else chat.kind, chat.title)

    def _membership(self, chat: Chat, by: int, old: str, new: str) -> Json:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": self.me, "status": status, **until}

        return {
            "chat": chat.info(),
            "from": self.chat(by).user(),
            "date": self._date(),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }

    def _date(self) -> int:
        return int(self.clock.now().timestamp())

    # Messages and updates.

    def put(self, chat: Chat, parts: Json, *, by: Json) -> Json:
        """Put a message into a chat."""
        chat.last += 1
        message = {
            "message_id": chat.last,
            "date": self._date(),
            "chat": chat.info(),
            "from": by,
            **parts,
        }
        chat.messages[chat.last] = message
        return message

    def push(self, kind: str, about: Json) -> Json:
        """Have an update wait for the bot, if it wants this kind; gives the update."""
        self._last_update += 1
        update = {"update_id": self._last_update, kind: about}
        if kind in self.allowed:
            self.updates.append(update)
        self.changed()
        return update

    def push_raw(self, update: Json) -> Json:
        """Have any update wait, as it is: a replayed or a forged one."""
        self._last_update += 1
        update = {"update_id": self._last_update, **update}
        self.updates.append(update)
        self.changed()
        return update

    def confirm(self, before: int) -> None:
        """Forget the updates with lower numbers: the bot has them."""
        self.updates = [update for update in self.updates if update["update_id"] >= before]

    def remove(self, ids: Iterable[int]) -> None:
        """Forget these updates: the bot has them."""
        gone = frozenset(ids)
        self.updates = [update for update in self.updates if update["update_id"] not in gone]
        self.changed()

    def add_file(self, name: str, content: bytes) -> str:
        """Keep a file; gives its id."""
        id_ = self.ids.new("file")
        self.files[id_] = (name, content)
        return id_
