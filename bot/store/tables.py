"""Tables of the citizen's side.

A conversation is a queue that is processed in order. `received` counts its messages, `answered` the
finished ones. The next message therefore has the sequence `answered + 1`, and messages wait exactly
while `received > answered`. The rest of the system knows a message as `<conversation>.<sequence>`.

Every message of both sides has an **event number** from the counter `last_event`. It is the order
of the transcript, and the cursor by which a web page resumes.
"""

from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from kernel.database.columns import UtcDateTime, partial_index
from kernel.privacy.personal import Copied, Fate, Holds, Owner, Term, holds, plain

_MINE = Owner("conversation", "conversation_id")
_SAID = "SELECT max(received_at) FROM inbox WHERE conversation_id = conversation.id"

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "fk": "%(table_name)s_%(referred_table_name)s_fk",
    }
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("address_index", LargeBinary, nullable=False),  # blind index of the address
    Column(
        "address",
        LargeBinary,
        nullable=False,
        info=holds(
            Holds.CONTACT,
            Owner("conversation", "id"),
            until="as long as the conversation, which pushes and the next message need",
            erased=Fate.KEPT,
            copied=Copied.VIEW,
            sealed="conversation.address",
            why="the answer that all is erased goes there",
        ),
    ),
    Column("language", String(8)),
    Column("mode", String(8), nullable=False),
    # The latest known live talk and its fence: older switches are ignored.
    Column("live_talk", String(64)),
    Column("live_fence", Integer),
    # What the citizen was told of an outage of the desk (`OutageNotice`), and since when.
    Column("desk_away", String(8)),
    Column("desk_away_at", UtcDateTime),
    Column(
        "state",  # the engine's
        LargeBinary,
        info=holds(
            Holds.WORDS,
            Owner("conversation", "id"),
            until=Term("keep_bodies_days", f"({_SAID})", unless="received <> answered"),
            erased=Fate.CODE,
            sealed="conversation.state",
            why="`bot.privacy.erasing`: a turn under way must not write it back",
        ),
    ),
    Column("received", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("last_event", Integer, nullable=False),
    Column("unsent", Integer, nullable=False),  # outbox rows that no answer has returned yet
    # The lease. With an owner `free_at` is when it lapses, without one when to retry.
    Column("lease_owner", String(64)),
    Column("free_at", UtcDateTime, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("dead_at", UtcDateTime),  # address dead since then, until its citizen writes again
    Column("paused_until", UtcDateTime),  # its channel asked for a pause until then
    UniqueConstraint("channel", "address_index"),
    info=plain(
        "id channel address_index language mode live_talk live_fence desk_away desk_away_at"
        " received answered last_event unsent lease_owner free_at fence created_at dead_at"
        " paused_until"
    ),
)

# For the sweep; idle conversations are not in it.
partial_index(
    "conversation_unanswered",
    conversation.c.free_at,
    where="received > answered",
)

# For the watch over the desk; conversations with the bot only are not in it.
partial_index(
    "conversation_with_people",
    conversation.c.id,
    where="mode <> 'bot' OR desk_away IS NOT NULL",
)

inbox = Table(
    "inbox",
    metadata,
    Column("conversation_id", String(40), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    # The channel's own id, unique with the conversation, which is one address of one
    # channel: a repeated delivery violates this constraint and is recognised by it.
    Column("message_id", String(128), nullable=False),
    Column("event", Integer, nullable=False),
    Column(
        "body",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            _MINE,
            until=Term("keep_bodies_days", "done_at"),
            erased=Fate.CODE,
            copied=Copied.VIEW,
            sealed="inbox.body",
            why="`bot.privacy.erasing`: what still waits for its answer keeps its words until then",
        ),
    ),
    Column("received_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),  # failed turns of this message
    Column("told_at", UtcDateTime),  # when the citizen was told that the answer is delayed
    Column("parked_at", UtcDateTime),  # a dead letter since then (`bot.store.parked`)
    Column("error", String(200)),  # only the kind of error
    Column("replay_of", Integer),  # of a replay: the sequence for its idempotency keys
    Column("done_at", UtcDateTime),
    UniqueConstraint("conversation_id", "message_id"),
    ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
    info=plain(
        "conversation_id sequence message_id event received_at attempts told_at parked_at done_at"
        " error replay_of"
    ),
    sqlite_with_rowid=False,
)

partial_index(
    "inbox_parked",
    inbox.c.parked_at,
    where="parked_at IS NOT NULL",
)

outbox = Table(
    "outbox",
    metadata,
    Column("conversation_id", String(40), primary_key=True),
    Column("event", Integer, primary_key=True, autoincrement=False),
    Column("in_reply_to", Integer),  # sequence of the inbox row; null for pushes
    Column(
        "body",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            _MINE,
            until=Term("keep_bodies_days", "created_at", unless="status = 'due'"),
            erased=Fate.CODE,
            copied=Copied.VIEW,
            sealed="outbox.body",
            why="`bot.privacy.erasing`: all but the replies of the turn that erases",
        ),
    ),
    Column("status", String(8), nullable=False),
    Column("event_key", String(128), unique=True),  # of a push: its case event
    Column("created_at", UtcDateTime, nullable=False),
    # What goes out first (`bot.push.PushPriority`); within one urgency the order is that of events.
    Column("urgency", SmallInteger, nullable=False, server_default="0"),
    # Of a push: "due" while its result must be reported to the case service; and the error.
    Column("report", String(8)),
    Column("reason", String(200)),
    # Of a late row: sequence of the message whose answer returned it.
    Column("carried_with", Integer),
    # The queue (`bot.outbound.outbox`). `due_at` is when the next attempt may begin, or with
    # an `owner` when its lease lapses. Earlier attempts delivered `parts` of the message.
    Column("channel", String(32)),
    Column("due_at", UtcDateTime),
    Column("owner", String(64)),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("parts", SmallInteger, nullable=False, server_default="0"),
    Column("dead_at", UtcDateTime),
    ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
    info=plain(
        "conversation_id event in_reply_to status event_key created_at urgency report reason"
        " carried_with channel due_at owner attempts parts dead_at"
    ),
    sqlite_with_rowid=False,
)

partial_index(
    "outbox_due",
    outbox.c.conversation_id,
    outbox.c.event,
    where="status = 'due'",
)

partial_index(
    "outbox_send",
    outbox.c.channel,
    outbox.c.urgency,
    outbox.c.due_at,
    outbox.c.conversation_id,
    where="status = 'due'",
)

partial_index(
    "outbox_dead",
    outbox.c.dead_at,
    where="dead_at IS NOT NULL",
)

partial_index(
    "outbox_report",
    outbox.c.created_at,
    where="report = 'due'",
)

web_session = Table(
    "web_session",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),  # SHA-256 of 128 random bits
    Column(
        "address",
        String(64),
        nullable=False,
        unique=True,
        info=holds(
            Holds.IDENTITY,
            Owner("conversation", "address"),
            until="with its row",
            erased=Fate.KEPT,
            why="the page that asked is shown the answer",
        ),
    ),
    Column("expires_at", UtcDateTime, nullable=False),
    info=plain("secret_hash expires_at", until=Term(timedelta(0), "expires_at")),
)

# Holds of work for one process at a time: poll for a token's updates, send for a channel.
hold = Table(
    "hold",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    info=plain("name owner until"),
)

# Incomplete messages of Telegram: the parts of an album, which arrive one by one, and files that
# must be fetched. A finished part stays, so that its repeated delivery is recognised. The queue is
# `bot.channels.telegram.parts`.
telegram_part = Table(
    "telegram_part",
    metadata,
    Column("address_index", LargeBinary, primary_key=True),
    Column("album", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # Telegram's, per chat
    Column(
        "body",
        LargeBinary,
        info=holds(
            Holds.WORDS,
            Owner("conversation", "address_index", through=("conversation", "address_index", "id")),
            until="until its album is one message, some seconds; of a dead letter, with its row",
            erased=Fate.CODE,
            sealed="inbox.body",
            why="`bot.privacy.erasing`: an album still coming goes as a whole, and a dead letter",
        ),
    ),
    Column("received_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("due_at", UtcDateTime),  # with an `owner`, when its lease lapses
    Column("owner", String(64)),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("error", String(200)),  # the kind of error alone
    Column("dead_at", UtcDateTime),
    Column("first", BigInteger),  # number of the first part of its message, once fixed
    Column("split", SmallInteger, nullable=False, server_default="0"),
    Column("attachment", String(64)),  # id of the file, once stored
    Column("told_at", UtcDateTime),  # when its citizen was told of the dead letter
    info=plain(
        "address_index album number received_at done_at due_at owner fence attempts error dead_at"
        " first split attachment told_at",
        until=Term("keep_bodies_days", "received_at"),
    ),
    sqlite_with_rowid=False,
)

partial_index(
    "telegram_part_open",
    telegram_part.c.due_at,
    where="done_at IS NULL AND dead_at IS NULL",
)

# Telegram updates, unchanged, that failed for another reason than the store. The queue is
# `bot.channels.telegram.updates`; a row is deleted when its update succeeds.
telegram_update = Table(
    "telegram_update",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),  # Telegram's
    Column("address_index", LargeBinary),  # null when the update names no chat
    Column(
        "body",
        LargeBinary,
        nullable=False,
        info=holds(
            Holds.WORDS,
            Owner("conversation", "address_index", through=("conversation", "address_index", "id")),
            until="with its row",
            erased=Fate.CODE,
            sealed="inbox.body",
            why="`bot.privacy.erasing`: the row is deleted, a failed update is no message yet",
        ),
    ),
    Column("received_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # with an `owner`, when its lease lapses
    Column("owner", String(64)),
    Column("fence", Integer, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("error", String(200)),  # only the kind of error: its text may repeat words
    Column("dead_at", UtcDateTime),
    Column("told_at", UtcDateTime),  # when its citizen was told of that
    info=plain(
        "update_id address_index received_at due_at owner fence attempts error dead_at told_at",
        until=Term("keep_bodies_days", "received_at"),
    ),
    sqlite_with_rowid=False,
)

partial_index(
    "telegram_update_open",
    telegram_update.c.due_at,
    where="dead_at IS NULL",
)
