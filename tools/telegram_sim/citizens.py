"""Perform citizens' actions in the simulated Telegram, and show what they received."""

from dataclasses import dataclass
from typing import Any

from tools.telegram_sim.world import Impossible, Json, World


@dataclass(frozen=True, slots=True)
class Shown:
    """A message of the bot as its reader sees it: words, and titles of buttons by their data."""

    message_id: int
    text: str
    buttons: dict[str, str]
    photo: str | None = None


class SimulatedCitizens:
    """The people who write to the bot."""

    def __init__(self, world: World) -> None:
        self._world = world

    def say(self, user: int, text: str, *, chat: int | None = None, name: str = "") -> Json:
        """Send words of a user, in a group if `chat` is set."""
        return self._send(user, {"text": text, **_entities(text)}, chat=chat, name=name)

    def photo(
        self, user: int, content: bytes, *, caption: str = "", album: str | None = None
    ) -> Json:
        """Send a user's picture, alone or as a part of an album."""
        world = self._world
        small, large = (world.add_file("photo.jpg", content) for _ in range(2))
        sizes = [
            _size(small, len(content), 90),
            _size(large, len(content), 1280),
        ]
        return self._send(user, {"photo": sizes, **_caption(caption), **_album(album)})

    def document(
        self, user: int, name: str, mime: str, content: bytes, *, caption: str = ""
    ) -> Json:
        """Send a user's document."""
        id_ = self._world.add_file(name, content)
        document = {
            "file_id": id_, "file_unique_id": f"u{id_}", "file_name": name, "mime_type": mime,
            "file_size": len(content),
        }  # fmt: skip
        return self._send(user, {"document": document, **_caption(caption)})

    def location(self, user: int, latitude: float, longitude: float) -> Json:
        """Send a user's location."""
        return self._send(user, {"location": {"latitude": latitude, "longitude": longitude}})

    def contact(self, user: int, phone: str, *, of: int | None) -> Json:
        """Send a contact: the user's own, another user's, or a stranger's."""
        contact: Json = {"phone_number": phone, "first_name": "N"}
        if of is not None:
            contact["user_id"] = of
        return self._send(user, {"contact": contact})

    def sticker(self, user: int) -> Json:
        """Send a user's sticker."""
        id_ = self._world.add_file("sticker.webp", b"")
        sticker = {
            "file_id": id_, "file_unique_id": f"u{id_}", "type": "regular", "width": 512,
            "height": 512, "is_animated": False, "is_video": False,
        }  # fmt: skip
        return self._send(user, {"sticker": sticker})

    def edit(self, user: int, message_id: int, text: str) -> Json:
        """Edit a user's earlier message."""
        message = self._world.chat(user).messages.get(message_id)
        if message is None or message["from"]["id"] != user:
            raise Impossible(f"user {user} has no message {message_id}")
        key = "text" if "text" in message else "caption"
        message |= {key: text, "edit_date": int(self._world.clock.now().timestamp())}
        return self._world.push("edited_message", dict(message))

    def tap(self, user: int, data: str, *, message_id: int | None = None) -> str:
        """Tap a button of a message, by default the last with it; return the query.

        Raises:
            Impossible: there is no such button.
        """
        chat = self._world.chat(user)
        for message in reversed(chat.messages.values()):
            wanted = message_id in (None, message["message_id"])
            if wanted and data in _buttons(message):
                return self.tap_forged(user, data, message)
        raise Impossible(f"no button {data!r} is shown to user {user}")

    def tap_title(self, user: int, title: str) -> str:
        """Tap the last button with this title; return the query.

        Raises:
            Impossible: there is no such button.
        """
        for message in reversed(self._world.chat(user).messages.values()):
            for data, shown in _buttons(message).items():
                if shown == title:
                    return self.tap_forged(user, data, message)
        raise Impossible(f"no button {title!r} is shown to user {user}")

    def tap_forged(self, user: int, data: str, message: Json) -> str:
        """Send a tap with any data below any message; return the query."""
        query = self._world.ids.new("query")
        self._world.queries[query] = user
        self._world.push(
            "callback_query",
            {
                "id": query,
                "from": self._world.chat(user).user(),
                "message": dict(message),
                "chat_instance": "1",
                "data": data,
            },
        )
        return query

    def shown(self, user: int) -> list[Shown]:
        """Return the bot's messages to a user, in their present form."""
        return [
            Shown(
                message["message_id"],
                str(message.get("text", message.get("caption", ""))),
                _buttons(message),
                message.get("sim_photo"),
            )
            for message in self._world.chat(user).messages.values()
            if message["from"]["is_bot"]
        ]

    def _send(self, user: int, parts: Json, *, chat: int | None = None, name: str = "") -> Json:
        world = self._world
        writer = world.chat(user)
        if name:
            writer.title = name
        there = world.chat(chat) if chat is not None else writer
        writer.blocked = writer.blocked and there is not writer
        return world.push("message", dict(world.put(there, parts, by=writer.user())))


def _entities(text: str) -> Json:
    if not text.startswith("/"):
        return {}
    length = len(text.split(maxsplit=1)[0])
    return {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}


def _caption(caption: str) -> Json:
    return {"caption": caption} if caption else {}


def _album(album: str | None) -> Json:
    return {"media_group_id": album} if album is not None else {}


def _size(id_: str, size: int, width: int) -> Json:
    return {
        "file_id": id_, "file_unique_id": f"u{id_}", "width": width, "height": width * 3 // 4,
        "file_size": size,
    }  # fmt: skip


def _buttons(message: dict[str, Any]) -> dict[str, str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return {button["callback_data"]: button["text"] for row in rows for button in row}
