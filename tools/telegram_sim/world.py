"""State of the simulated Telegram: chats, messages, and waiting updates.

It runs in one event loop. `/sim` and tests in the same loop use these methods.
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
"""Kinds of updates that the bot gets by default."""


class Impossible(ValueError):  # noqa: N818 - named for what was asked
    """A citizen's action that is not possible."""


@dataclass(slots=True)
class Chat:
    """One chat; a private chat has its user's number."""

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
        """Return the chat in the Bot API's format."""
        name = {"first_name": self.title} if self.kind == "private" else {"title": self.title}
        return {"id": self.id, "type": self.kind, **name}

    def user(self) -> Json:
        """Return the chat's user in the Bot API's format."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.title,
            "language_code": self.language,
        }


@dataclass(slots=True)
class Hook:
    """The webhook that updates are posted to."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    last_error: str | None = None


class World:
    """The state of the simulated Telegram for one bot."""

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

    # Changes wake the waiting tasks.

    def changed(self) -> None:
        """Wake the tasks that wait for a change."""
        for watcher in self._watchers:
            if not watcher.done():
                watcher.set_result(None)
        self._watchers.clear()

    def close(self) -> None:
        """Release the tasks that wait for updates."""
        self.closed = True
        self.changed()

    async def change(self) -> None:
        """Wait for the next change."""
        await self.watch()

    def watch(self) -> "asyncio.Future[None]":
        """Return a future that is done at the next change."""
        watcher: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._watchers.add(watcher)
        return watcher

    async def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until a condition holds.

        Raises:
            TimeoutError: it did not hold within `seconds` of real time.
        """
        async with asyncio.timeout(seconds):
            while not condition():
                await self.change()

    # Chats.

    def chat(self, id_: int) -> Chat:
        """Find a chat; a private one is created on first use."""
        if id_ not in self.chats:
            if id_ < 0:
                raise Impossible(f"there is no group {id_}")
            self.chats[id_] = Chat(id_, "private", f"User {id_}")
        return self.chats[id_]

    def group(self, id_: int, title: str, by: int) -> Chat:
        """Let a user add the bot to a new group."""
        self.chats[id_] = Chat(id_, "group", title)
        self.push("my_chat_member", self._membership(self.chats[id_], by, "left", "member"))
        return self.chats[id_]

    def block(self, user: int) -> None:
        """Let a user block the bot."""
        self.chat(user).blocked = True
        self.push("my_chat_member", self._membership(self.chat(user), user, "member", "kicked"))

    def unblock(self, user: int) -> None:
        """Let a user unblock the bot."""
        self.chat(user).blocked = False
        self.push("my_chat_member", self._membership(self.chat(user), user, "kicked", "member"))

    def move(self, old: int, new: int) -> None:
        """Change a chat's number, as when a group becomes a supergroup."""
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
        """Add a message to a chat."""
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
        """Queue an update for the bot, if it requested this kind; return the update."""
        self._last_update += 1
        update = {"update_id": self._last_update, kind: about}
        if kind in self.allowed:
            self.updates.append(update)
        self.changed()
        return update

    def push_raw(self, update: Json) -> Json:
        """Queue any update unchanged: a replayed or a forged one."""
        self._last_update += 1
        update = {"update_id": self._last_update, **update}
        self.updates.append(update)
        self.changed()
        return update

    def confirm(self, before: int) -> None:
        """Delete the updates with lower numbers, which the bot has received."""
        self.updates = [update for update in self.updates if update["update_id"] >= before]

    def remove(self, ids: Iterable[int]) -> None:
        """Delete these updates, which the bot has received."""
        gone = frozenset(ids)
        self.updates = [update for update in self.updates if update["update_id"] not in gone]
        self.changed()

    def add_file(self, name: str, content: bytes) -> str:
        """Store a file; return its id."""
        id_ = self.ids.new("file")
        self.files[id_] = (name, content)
        return id_
