"""Parse Telegram's updates; `channel` handles them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import telegram
from telegram import InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.dialogue.commands import COMMANDS
from bot.texts import CitizenTexts, language_of
from kernel import json

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The requested kinds of updates."""

_RECEIPT = re.compile(
    r"(?P<number>\d{8}-\d{6,9}-\d)_(?P<code>[0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})", re.ASCII
)
"""Content of a link `t.me/…?start=`: a receipt's number and access code.

It is handled like typed words, so a forged link gives no further rights. A join code in a link is
ignored: a person who spreads such a link could link a stranger's account to their own.
"""


@dataclass(frozen=True, slots=True)
class File:
    """A picture or document: Telegram's file id, and the name and type that were sent."""

    id: str
    name: str
    mime: str | None


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message of a private chat.

    `number` is Telegram's number of the message in its chat. `message_id` identifies repeated
    deliveries. For a command `title` is set, and `text` is its payload. Parts of one `album` form
    one message.
    """

    chat: int
    number: int
    message_id: str
    text: str
    sent_at: datetime
    language: str
    title: str | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    album: str | None = None


@dataclass(frozen=True, slots=True)
class Tap:
    """A tapped button in a private chat; its `query` must be answered at once."""

    chat: int
    query: str
    data: str
    language: str
    message: int | None
    keyboard: InlineKeyboardMarkup | None


@dataclass(frozen=True, slots=True)
class Declined:
    """An update that is not accepted; `key` names the words with the reason.

    With `leave` the bot must leave this chat.
    """

    chat: int
    language: str
    key: str
    leave: bool = False


Meant = ChatMessage | Tap | Declined


def read(update: Update, texts: CitizenTexts) -> Meant | None:
    """Parse an update; `None` when it needs no action.

    Only messages of a private chat's own user are accepted, so the chat identifies the citizen.
    """
    if update.callback_query is not None:
        return _tap(update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    if (message := update.message) is not None:
        return _message(message, texts)
    if (message := update.edited_message) is not None:
        return _edited(message, update.update_id)
    return None


def spoken(user: telegram.User | None) -> str:
    """Return the language of a user's Telegram app; our default when it is not set."""
    return language_of_code(user.language_code if user is not None else None)


def language_of_code(code: str | None) -> str:
    """Map a Telegram language code to one of our languages."""
    return "zh" if not code or code.lower().startswith("zh") else "en"


def _language(text: str, user: telegram.User | None) -> str:
    return language_of(text) or spoken(user)


def _tap(query: telegram.CallbackQuery) -> Tap | Declined | None:
    message = query.message
    if query.data is None or query.from_user.is_bot:
        return None
    chat = message.chat if message is not None else None
    if chat is None or chat.type != ChatType.PRIVATE or chat.id != query.from_user.id:
        return None
    shown = message if isinstance(message, Message) else None
    return Tap(
        chat.id,
        query.id,
        query.data,
        spoken(query.from_user),
        shown.message_id if shown is not None else None,
        shown.reply_markup if shown is not None else None,
    )


def _membership(changed: telegram.ChatMemberUpdated) -> Declined | None:
    there = changed.new_chat_member.status in (
        ChatMemberStatus.MEMBER,
        ChatMemberStatus.ADMINISTRATOR,
        ChatMemberStatus.RESTRICTED,
    )
    if changed.chat.type == ChatType.PRIVATE or not there:
        return None
    return Declined(changed.chat.id, spoken(changed.from_user), "telegram_group", leave=True)


def _mine(message: Message) -> bool:
    user = message.from_user
    return (
        message.chat.type == ChatType.PRIVATE
        and user is not None
        and not user.is_bot
        and user.id == message.chat.id
    )


def _message(message: Message, texts: CitizenTexts) -> Meant | None:
    if message.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP):
        if message.migrate_to_chat_id or message.migrate_from_chat_id or message.left_chat_member:
            return None
        language = spoken(message.from_user)
        return Declined(message.chat.id, language, "telegram_group", leave=True)
    if not _mine(message):
        return None
    if message.text is not None:
        return _command(message, texts) or _said(message, message.text)
    if message.location is not None:
        return _place(message, texts)
    if message.contact is not None:
        return _contact(message, texts)
    files = _files(message)
    if files:
        album = message.media_group_id
        return _said(message, message.caption or "", files=files, album=album)
    if message.caption:
        return _said(message, message.caption)
    if _is_service(message):
        return None
    return Declined(message.chat.id, spoken(message.from_user), "telegram_kind")


def _is_service(message: Message) -> bool:
    """Whether it is a service message of Telegram (a pin, a new picture of the chat)."""
    said = (
        message.sticker, message.voice, message.audio, message.video, message.video_note,
        message.animation, message.poll, message.dice, message.story, message.game, message.invoice,
        message.paid_media, message.checklist,
    )  # fmt: skip
    return not any(said)


def _name(message: Message) -> str:
    """Make a stable message id: numbers restart when a chat moves, the conversation goes on."""
    return f"m{message.chat.id}.{message.message_id}"


def _said(
    message: Message,
    text: str,
    *,
    metadata: Mapping[str, object] | None = None,
    files: tuple[File, ...] = (),
    album: str | None = None,
) -> ChatMessage:
    return ChatMessage(
        chat=message.chat.id,
        number=message.message_id,
        message_id=_name(message),
        text=text,
        sent_at=message.date,
        language=_language(text, message.from_user),
        metadata=metadata or {},
        files=files,
        album=album,
    )


def _command(message: Message, texts: CitizenTexts) -> ChatMessage | None:
    """Parse one of our commands; any other command is plain text."""
    text = message.text or ""
    head, _, rest = text.strip().partition(" ")
    name = head[1:].partition("@")[0].lower()
    if not head.startswith("/") or name not in COMMANDS:
        return None
    language = spoken(message.from_user)
    if name == "start" and (receipt := _RECEIPT.fullmatch(rest.strip())) is not None:
        return _said(message, texts.words("telegram_receipt", language, **receipt.groupdict()))
    return ChatMessage(
        chat=message.chat.id,
        number=message.message_id,
        message_id=_name(message),
        text=f"/{COMMANDS[name]}{_arguments(name, rest.strip())}",
        sent_at=message.date,
        language=language,
        title=f"/{name}",
    )


def _arguments(name: str, given: str) -> str:
    match name, given.lower():
        case "language", ("zh" | "en") as wanted:
            return json.dumps({"language": wanted})
        case "progress", number if number:
            return json.dumps({"case_number": given[:64]})
        case _:
            return ""


def _place(message: Message, texts: CitizenTexts) -> ChatMessage:
    language = spoken(message.from_user)
    location = message.location
    assert location is not None  # noqa: S101 - the caller has seen it
    point = {"latitude": round(location.latitude, 6), "longitude": round(location.longitude, 6)}
    place: dict[str, object] = {**point}
    key, about = "telegram_location", {}
    if message.venue is not None:
        about = {"title": message.venue.title, "address": message.venue.address}
        key, place = "telegram_venue", {**point, **about}
    text = texts.words(key, language, **point, **about)
    return _said(message, text, metadata={"location": place})


def _contact(message: Message, texts: CitizenTexts) -> ChatMessage | Declined:
    language = spoken(message.from_user)
    contact, user = message.contact, message.from_user
    assert contact is not None  # noqa: S101 - the caller has seen it
    if user is None or contact.user_id != user.id:
        return Declined(message.chat.id, language, "telegram_contact_other")
    phone = _phone(contact.phone_number)
    text = texts.words("telegram_contact", language, phone=phone)
    return _said(message, text, metadata={"contact": {"phone": phone, "own": True}})


def _phone(given: str) -> str:
    """Format a phone number for domestic dialling: mainland numbers without the country code."""
    digits = "".join(letter for letter in given if letter.isdecimal())
    if digits.startswith("86") and len(digits) == 13:
        return digits[2:]
    return f"+{digits}"


def _files(message: Message) -> tuple[File, ...]:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return (File(largest.file_id, f"{message.message_id}.jpg", "image/jpeg"),)
    if message.document is not None and message.animation is None:
        document = message.document
        name = document.file_name or f"{message.message_id}"
        return (File(document.file_id, name[:128], document.mime_type),)
    return ()


def _edited(message: Message, update_id: int) -> ChatMessage | None:
    """Parse an edited message; a moving live location is ignored."""
    if not _mine(message):
        return None
    text = message.text if message.text is not None else message.caption
    if text is None:
        return None
    said = _said(message, text, metadata={"edit_of": _name(message)})
    return ChatMessage(
        chat=said.chat,
        number=said.number,
        message_id=f"e{message.message_id}.{update_id}",
        text=said.text,
        sent_at=message.edit_date or message.date,
        language=said.language,
        metadata=said.metadata,
    )
