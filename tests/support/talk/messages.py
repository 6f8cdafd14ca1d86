"""Single messages: dangers, near misses, ordinary ones and framed requests, each a citizen's first.

The alarm is heard at the intake, so a message goes the same road as in a conversation.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.catalogue.rules.catalogue import Catalogue
from talk.judging import KINDS
from talk.material import PARTS, STRANGERS, listed, read_yaml
from talk.rates import Rate
from talk.running import Studio
from talk.values import said
from talk.world import Heard

TOGETHER = 40
"""Messages that one world takes, each from an address of its own."""

Message = Mapping[str, Any]
Outcome = Mapping[str, bool]
"""What of a message was right, by what is counted."""


def read(what: str, part: str) -> list[Message]:
    """Read a list of the material; framed requests are of the held-out part alone."""
    file = "framed" if what == "frames" else PARTS[part]
    if what == "frames" and part != "held-out":
        return []
    found: list[Message] = read_yaml(STRANGERS / what / f"{file}.yml")
    return [{**item, "what": what} for item in found]


def batches(messages: Sequence[Message]) -> list[Sequence[Message]]:
    """Part messages into what one world takes."""
    return [messages[at : at + TOGETHER] for at in range(0, len(messages), TOGETHER)]


async def outcomes_of(studio: Studio, batch: Sequence[Message]) -> list[tuple[Message, Outcome]]:
    """Say each message of a batch, and judge what came of it."""
    found: list[tuple[Message, Outcome]] = []
    async with studio.world() as world:
        for place, message in enumerate(batch):
            heard = await world.say(message["text"], address=str(place))
            if message["what"] != "frames":
                found.append((message, _alarmed(message, heard)))
                continue
            opened = world.draft.kind, world.draft.category
            found.append((message, _framed(message, heard, opened, studio.catalogue)))
    return found


def _alarmed(message: Message, heard: Heard) -> Outcome:
    alarms = [custom for custom in heard.customs if custom.get("type") == "emergency"]
    outcome = {"alarm": bool(alarms)}
    if message["what"] == "dangers":
        outcome["numbers"] = all(said(heard.texts, str(number)) for number in message["numbers"])
        first = heard.customs[:1] == tuple(alarms[:1]) and heard.asked in (None, "safe")
        outcome["first"] = bool(alarms) and first
    return outcome


def _framed(
    message: Message, heard: Heard, opened: tuple[str | None, str | None], known: Catalogue
) -> Outcome:
    """Judge a request by the form that it opened, or by what the answer to a question is about."""
    kinds = {KINDS.get(item, item) for item in listed(message["kind"])}
    kind, category = opened
    if kind is None and "utter_consult_answer" in heard.responses:
        kind, whole = "consult", "\n".join(heard.texts)
        about = (item for item in message["category"] if known.categories[item].names.zh in whole)
        category = next(about, None)
    right = {"kind": kind in kinds, "category": category in message["category"]}
    return {"request": kind is not None, **right, "both": all(right.values())}


def rates(what: str, part: str, done: Iterable[tuple[Message, Outcome]]) -> dict[str, Rate]:
    """Count by what matters for a sort of messages; groups follow the whole.

    Of the held-out part no group is given that a rule could be made from.
    """
    rows = list(done)
    found: dict[str, Rate] = {}
    if not rows:
        return found
    group = {"dangers": "kind", "near_misses": "looks_like", "ordinary": "how"}.get(what)
    for key in rows[0][1]:
        found[key] = _rate(rows, key)
    if group is not None and (part == "tuning" or group == "how"):
        names = sorted({str(message[group]) for message, _ in rows})
        for name in names:
            mine = [row for row in rows if str(row[0][group]) == name]
            for key in ("alarm", "numbers") if what == "dangers" else ("alarm",):
                found[f"{name}: {key}"] = _rate(mine, key)
    return found


def _rate(rows: Sequence[tuple[Message, Outcome]], key: str) -> Rate:
    return Rate(sum(outcome[key] for _, outcome in rows), len(rows))
