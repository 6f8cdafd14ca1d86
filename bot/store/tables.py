"""The tables of the citizen's side.

A conversation is a queue worked off in order. `received` counts the messages that came in,
`answered` those that are done with, so the next message is the one with sequence `answered + 1`,
and there is work exactly while `received > answered`. A message's own id for the rest of the
system is `<conversation>.<sequence>`.

Everything said in a conversation, by either side, has an **event number** from the one counter
`last_event`: the order of the transcript, and the cursor by which a web page resumes.
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

from kernel.columns import UtcDateTime, partial_index
from kernel.personal import Copied, Fate, Holds, Owner, Term, holds, plain

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
    Column("address_index", LargeBinary, nullable=False),  # blind: finds an address, tells nothing
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
    # The latest talk with a leader that was heard of, and its fence: what is older holds no longer.
    Column("live_talk", String(64)),
    Column("live_fence", Integer),
    # What was told of a desk that cannot be reached (`bot.store.modes.Away`), and since when it is.
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
    Column("unsent", Integer, nullable=False),  # outbox rows that no answer has carried away yet
    # The lease. Without an owner `free_at` is when to look again; with one, when the lease lapses.
    Column("lease_owner", String(64)),
    Column("free_at", UtcDateTime, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("dead_at", UtcDateTime),  # nothing reaches it since then; until its citizen writes again
    Column("paused_until", UtcDateTime),  # its channel wants nothing to be sent there before
    UniqueConstraint("channel", "address_index"),
    info=plain(
        "id channel address_index language mode live_talk live_fence desk_away desk_away_at"
        " received answered last_event unsent lease_owner free_at fence created_at dead_at"
        " paused_until"
    ),
)

# What the sweep looks for; idle conversations are not in it.
partial_index(
    "conversation_unanswered",
    conversation.c.free_at,
    where="received > answered",
)

# Those that the watch over the desk looks at; conversations with the bot alone are not in it.
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
    # The channel's own id. With the conversation it is unique, and a conversation is one address
    # of one channel: a repeated delivery breaks this constraint and is known by that.
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
    Column("attempts", Integer, nullable=False),  # turns that began with it and failed
    Column("told_at", UtcDateTime),  # when the citizen was told that it has to wait
    Column("parked_at", UtcDateTime),  # given up on: a dead letter (`bot.store.parked`)
    Column("error", String(200)),  # why: the kind of error alone
    Column("replay_of", Integer),  # of a replay: the sequence that its idempotency keys are made of
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
    Column("in_reply_to", Integer),  # sequence of the inbox row; none for what nobody asked
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
    Column("event_key", String(128), unique=True),  # of a push: the case event it tells of
    Column("created_at", UtcDateTime, nullable=False),
    # What goes out first (`bot.push.PushPriority`); within one urgency the order is that of events.
    Column("urgency", SmallInteger, nullable=False, server_default="0"),
    # Of a push: "due" while the case service has to be told what became of it, and why it failed.
    Column("report", String(8)),
    Column("reason", String(200)),
    # Of what waited for its citizen: sequence of the message whose answer took it along.
    Column("carried_with", Integer),
    # The queue (`bot.outbound.outbox`). `due_at` is when the next attempt may begin; with an
    # `owner`, when its lease lapses. `parts` of the message have arrived in earlier attempts.
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

# Who does what only one process may do at a time: poll for a token's updates, send for a channel.
hold = Table(
    "hold",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", UtcDateTime, nullable=False),
    info=plain("name owner until"),
)

# Messages of Telegram that need more before they are one message of ours: the parts of an album,
# which come one by one, and files, which have to be fetched. A part that was taken into a message
# stays, so that a repeated delivery of it is known. The queue is `bot.channels.telegram.parts`.
telegram_part = Table(
    "telegram_part",
    metadata,
    Column("address_index", LargeBinary, primary_key=True),
    Column("album", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # Telegram's, in its chat
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
    Column("first", BigInteger),  # number of the first part of its message, once that is fixed
    Column("split", SmallInteger, nullable=False, server_default="0"),
    Column("attachment", String(64)),  # id of the file, once it is kept
    Column("told_at", UtcDateTime),  # when its citizen was told that it is a dead letter
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

# Updates of Telegram that failed for another reason than the store, as they came. The queue is
# `bot.channels.telegram.updates`; what was taken at last has no row any more.
telegram_update = Table(
    "telegram_update",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),  # Telegram's
    Column("address_index", LargeBinary),  # none when the update names no chat
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
    Column("error", String(200)),  # the kind of error alone, as its text may repeat words
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
