"""Implement the methods of the Bot API, with Telegram's own limits and error texts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tools.telegram_sim import markup
from tools.telegram_sim.world import USUAL, Chat, Hook, Json, World

TEXT = 4096
CAPTION = 1024
DATA = 64
ANSWER = 200
CONNECTIONS = 100

Method = Callable[[Json], Awaitable[object]]


class CallRefusal(Exception):  # noqa: N818 - an answer of the API
    """A refused call: HTTP status, Telegram's words, and parameters."""

    def __init__(self, status: int, words: str, parameters: Json | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.parameters = parameters


def bad(words: str) -> CallRefusal:
    """Make the refusal of an invalid request."""
    return CallRefusal(400, f"Bad Request: {words}")


class Methods:
    """Answers calls; a method is found by its exact name, as strict servers of the Bot API do."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.table: dict[str, Method] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": self._get_my_commands,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "answerCallbackQuery": self._answer_callback_query,
            "sendChatAction": self._send_chat_action,
            "getFile": self._get_file,
            "getChat": self._get_chat,
            "leaveChat": self._leave_chat,
        }

    # About the bot.

    async def _get_me(self, _: Json) -> Json:
        return self._world.me

    async def _set_my_commands(self, given: Json) -> bool:
        self._world.commands[given.get("language_code") or ""] = given.get("commands") or []
        return True

    async def _get_my_commands(self, given: Json) -> list[Json]:
        return self._world.commands.get(given.get("language_code") or "", [])

    # Updates.

    async def _get_updates(self, given: Json) -> list[Json]:
        world = self._world
        if world.hook.url:
            raise CallRefusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook"
                " to delete the webhook first",
            )
        world.questions += 1
        mine = world.questions
        world.changed()  # ends another poll
        offset, limit = int(given.get("offset") or 0), int(given.get("limit") or 100)
        self._want(given)
        if offset > 0:
            world.confirm(offset)
        elif offset < 0:
            world.confirm(world.updates[offset]["update_id"] if -offset < len(world.updates) else 0)
        if not world.updates:
            await self._next_update(mine, float(given.get("timeout") or 0))
        if mine != self._world.questions:
            raise CallRefusal(
                409,
                "Conflict: terminated by other getUpdates request; make sure that only one bot"
                " instance is running",
            )
        return world.updates[: max(1, min(limit, 100))]

    async def _next_update(self, mine: int, seconds: float) -> None:
        world = self._world
        over = asyncio.ensure_future(world.clock.sleep(seconds))
        try:
            while not (world.updates or world.closed or mine != world.questions or over.done()):
                await asyncio.wait({over, world.watch()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()

    def _want(self, given: Json) -> None:
        if isinstance(allowed := given.get("allowed_updates"), list):
            self._world.allowed = frozenset(allowed) or USUAL

    async def _set_webhook(self, given: Json) -> bool:
        url = given.get("url") or ""
        secret = given.get("secret_token") or ""
        if url and not url.startswith(("https://", "http://")):
            raise bad("bad webhook: invalid webhook URL specified")
        connections = int(given.get("max_connections") or 40)
        if not 1 <= connections <= CONNECTIONS:
            raise bad("bad webhook: max_connections is out of range")
        self._want(given)
        self._world.hook = Hook(url, secret, connections)
        self._world.changed()
        return True

    async def _delete_webhook(self, given: Json) -> bool:
        self._world.hook = Hook()
        if given.get("drop_pending_updates"):
            self._world.updates.clear()
        self._world.changed()
        return True

    async def _get_webhook_info(self, _: Json) -> Json:
        hook = self._world.hook
        error = {"last_error_message": hook.last_error} if hook.last_error else {}
        return {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._world.updates),
            "max_connections": hook.connections,
            **error,
        }

    # Messages.

    def _chat(self, given: Json) -> Chat:
        try:
            chat = self._world.chats.get(int(given.get("chat_id") or 0))
        except ValueError:
            chat = None
        if chat is None:
            raise bad("chat not found")
        if chat.moved_to is not None:
            raise CallRefusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.moved_to},
            )
        if chat.blocked:
            raise CallRefusal(403, "Forbidden: bot was blocked by the user")
        if chat.left:
            raise CallRefusal(403, "Forbidden: bot is not a member of the group chat")
        return chat

    async def _send_message(self, given: Json) -> Json:
        chat = self._chat(given)
        text = _words(given.get("text") or "", given.get("parse_mode"))
        if not text.strip():
            raise bad("message text is empty")
        if markup.units(text) > TEXT:
            raise bad("message is too long")
        return self._world.put(chat, {"text": text, **_keyboard(given)}, by=self._world.me)

    async def _send_photo(self, given: Json) -> Json:
        chat = self._chat(given)
        caption = _words(given.get("caption") or "", given.get("parse_mode"))
        if markup.units(caption) > CAPTION:
            raise bad("message caption is too long")
        photo = given.get("photo")
        if isinstance(photo, bytes):
            id_ = self._world.add_file("photo.jpg", photo)
        elif isinstance(photo, str) and photo.startswith(("http://", "https://")):
            id_ = self._world.add_file("photo.jpg", b"")
        elif photo in self._world.files:
            id_ = str(photo)
        else:
            raise bad("wrong file identifier/HTTP URL specified")
        parts: Json = {
            "photo": [{"file_id": id_, "file_unique_id": f"u{id_}", "width": 1, "height": 1}],
            "sim_photo": photo if isinstance(photo, str) else id_,
            **({"caption": caption} if caption else {}),
            **_keyboard(given),
        }
        return self._world.put(chat, parts, by=self._world.me)

    def _own(self, given: Json) -> Json:
        message = self._chat(given).messages.get(int(given.get("message_id") or 0))
        if message is None:
            raise bad("message to edit not found")
        if not message["from"]["is_bot"]:
            raise bad("message can't be edited")
        return message

    async def _edit_message_text(self, given: Json) -> Json:
        message = self._own(given)
        text = _words(given.get("text") or "", given.get("parse_mode"))
        if not text.strip():
            raise bad("message text is empty")
        if markup.units(text) > TEXT:
            raise bad("message is too long")
        return self._edited(message, {"text": text, **_keyboard(given)})

    async def _edit_message_reply_markup(self, given: Json) -> Json:
        message = self._own(given)
        return self._edited(message, {"text": message.get("text"), **_keyboard(given)})

    def _edited(self, message: Json, parts: Json) -> Json:
        same = message.get("text") == parts.get("text")
        if same and message.get("reply_markup") == parts.get("reply_markup"):
            raise bad(
                "message is not modified: specified new message content and reply markup are"
                " exactly the same as a current content and reply markup of the message"
            )
        message.pop("reply_markup", None)
        message |= {key: value for key, value in parts.items() if value is not None}
        return message

    async def _answer_callback_query(self, given: Json) -> bool:
        query = str(given.get("callback_query_id"))
        if self._world.queries.pop(query, None) is None:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if markup.units(given.get("text") or "") > ANSWER:
            raise bad("MESSAGE_TOO_LONG")
        self._world.answered[query] = given
        return True

    async def _send_chat_action(self, given: Json) -> bool:
        self._chat(given)
        return True

    async def _get_chat(self, given: Json) -> Json:
        return {**self._chat(given).info(), "accent_color_id": 0, "max_reaction_count": 0}

    async def _leave_chat(self, given: Json) -> bool:
        chat = self._chat(given)
        if chat.kind == "private":
            raise bad("chat member status can't be changed in private chats")
        chat.left = True
        return True

    async def _get_file(self, given: Json) -> Json:
        id_ = str(given.get("file_id"))
        if id_ not in self._world.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        name, content = self._world.files[id_]
        return {
            "file_id": id_,
            "file_unique_id": f"u{id_}",
            "file_size": len(content),
            "file_path": f"files/{id_}/{name}",
        }


def _words(text: str, mode: str | None) -> str:
    if mode is None:
        return text
    if mode.upper() != "HTML":
        raise bad("unsupported parse_mode")
    try:
        return markup.read(text)
    except markup.Unparsable as error:
        raise bad(f"can't parse entities: {error}") from None


def _keyboard(given: Json) -> Json:
    shown = given.get("reply_markup")
    if not shown:
        return {}
    if not isinstance(shown, dict) or "inline_keyboard" not in shown:
        raise bad("object expected as reply markup")
    buttons = [button for row in shown["inline_keyboard"] for button in row]
    if not buttons:
        return {}
    for button in buttons:
        if not isinstance(button, dict) or not str(button.get("text") or "").strip():
            raise bad("can't parse inline keyboard button: text is empty")
        _check_data(button.get("callback_data"))
    return {"reply_markup": shown}


def _check_data(data: Any) -> None:  # noqa: ANN401 - whatever a bot sent
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= DATA:
        raise bad("BUTTON_DATA_INVALID")
