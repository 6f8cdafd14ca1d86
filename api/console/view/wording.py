"""Put codes and times of the case service into words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.catalogue.rules.details import DetailType
from api.console.view.reader import Reader
from api.contract import CaseOut, CaseSummary, HistoryEntry, Names, Reason
from api.domain.lifecycle import ENDS, CaseState
from kernel.clock import SHANGHAI

_SOON = timedelta(hours=4)
_ANSWERS = frozenset({"replied", "rated", "late_survey_answer"})
"""Reasons that are answers of a survey."""


@dataclass(frozen=True, slots=True)
class DueWords:
    """A due time: in words, as exact time, and its tone.

    `tone` is one of `late`, `soon`, `calm`, `none`; the words say the same as the colour.
    """

    words: str
    moment: str
    tone: str


def due(reader: Reader, case: CaseSummary, now: datetime) -> DueWords:
    """Describe when the next step of a case is due."""
    if case.due_at is None or CaseState(case.state) in ENDS:
        return DueWords(reader.say("due_none"), "", "none")
    at = moment(reader, case.due_at, now)
    left = case.due_at - now
    if left < timedelta():
        return DueWords(reader.say("due_late", span=span(reader, -left)), at, "late")
    tone = "soon" if left <= _SOON else "calm"
    return DueWords(reader.say("due_left", span=span(reader, left)), at, tone)


def span(reader: Reader, length: timedelta) -> str:
    """Format a time span roughly."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return reader.say("span_moment")
    for key, size in (("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * size or (key == "hours" and minutes >= size):
            n = minutes // size
            return reader.say(f"span_{key}_one" if n == 1 else f"span_{key}", n=n)
    return reader.say("span_minutes_one" if minutes == 1 else "span_minutes", n=minutes)


def moment(reader: Reader, at: datetime, now: datetime) -> str:
    """Format a time in the city's time zone; with the year only if it differs."""
    local, today = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    clock = f"{local:%H:%M}"
    days = (local.date() - today.date()).days
    if days in (-1, 0, 1):
        return reader.say({-1: "at_yesterday", 0: "at_today", 1: "at_tomorrow"}[days], clock=clock)
    key = "at_day" if local.year == today.year else "at_year"
    return reader.say(
        key,
        clock=clock,
        year=local.year,
        month=local.month,
        day=local.day,
        month_name=reader.say(f"month_{local.month}"),
    )


def reason(reader: Reader, because: Reason) -> str:
    """Describe one reason."""
    key = f"because_{because.code}"
    if not reader.context.texts.has(key):
        return because.code
    words = {
        name: reader.name(value) if isinstance(value, Names) else _said(reader, name, value)
        for name, value in because.params.items()
    }
    if because.code in _ANSWERS:
        said = [
            reader.say(
                "said", key=reader.say(f"survey_{key}"), value=choice(reader, key, words[key])
            )
            for key in ("claim_true", "contacted", "solved", "satisfaction", "treated", "reason")
            if key in words
        ]
        return reader.say(key, said=listed(reader, said))
    missing = reader.context.texts.parameters(key, reader.language) - words.keys()
    if "place" in missing and reader.context.texts.has(f"{key}_anywhere"):
        key = f"{key}_anywhere"
        missing = reader.context.texts.parameters(key, reader.language) - words.keys()
    return because.code if missing else reader.say(key, **words)


def _said(reader: Reader, name: str, value: str) -> str:
    """Put a parameter of a reason (a code or a time) into words."""
    desk = reader.context.desk
    match name:
        case "until":
            return moment(reader, datetime.fromisoformat(value), desk.clock.now())
        case "how" | "stand":
            return choice(reader, name, value)
        case "keys":
            return listed(reader, [detail_name(reader, part) for part in value.split(",")])
        case "unit" if (unit := desk.catalogue.units.get(value)) is not None:
            return reader.name(unit.names)
        case "before" if (category := desk.catalogue.categories.get(value)) is not None:
            return reader.name(category.names)
    return value


def listed(reader: Reader, words: list[str]) -> str:
    """Join words as a list."""
    return reader.say("comma").join(words)


def state(reader: Reader, value: str) -> str:
    """Return the name of a state."""
    return reader.say_or(f"state_{value}", value)


def move(reader: Reader, value: str) -> str:
    """Return the name of a move as an action."""
    return reader.say_or(f"move_{value}", value)


def moved(reader: Reader, entry: HistoryEntry) -> str:
    """Return the name of a move in the past."""
    return reader.say_or(f"moved_{entry.move}", move(reader, entry.move))


def who(reader: Reader, entry: HistoryEntry) -> str:
    """Describe who made a move."""
    role = reader.say_or(f"role_{entry.actor.role}", entry.actor.role)
    name = entry.actor.name
    return f"{name} · {role}" if name else role


def choice(reader: Reader, key: str, value: str) -> str:
    """Return the name of a field's value."""
    for words in (f"choice_{key}_{value}", value):
        if reader.context.texts.has(words):
            return reader.say(words)
    return value.replace("_", " ")


def detail_name(reader: Reader, key: str) -> str:
    """Return the name of a detail."""
    found = reader.context.desk.catalogue.details.get(key)
    return reader.name(found.names) if found is not None else key


def detail_value(reader: Reader, key: str, value: str) -> str:
    """Format a detail's answer: the name of a choice, else the words."""
    found = reader.context.desk.catalogue.details.get(key)
    if found is None:
        return value
    if found.type is DetailType.YES_NO and value in ("yes", "no", "true", "false"):
        return reader.say("yes" if value in ("yes", "true") else "no")
    chosen = next((offered for offered in found.choices if offered.key == value), None)
    return reader.name(chosen.names) if chosen is not None else value


def place(reader: Reader, case: CaseOut) -> str | None:
    """Describe the place: the citizen's words, and the known territory."""
    if case.place is None:
        return None
    territory = reader.context.desk.catalogue.territory
    codes = (case.place.district, case.place.street, case.place.community)
    known = [territory.get(code) for code in codes if code]
    names = [
        names_.en if reader.language == "en" else names_.zh
        for names_ in known
        if names_ is not None
    ]
    if not names:
        return case.place.text
    joined = reader.say("place_joint").join(names if reader.language == "zh" else names[::-1])
    return reader.say("place_known", words=case.place.text, territory=joined)


def masked_phone(phone: str | None) -> str:
    """Show the first three and the last two digits of a number."""
    if not phone:
        return ""
    return phone[:3] + "*" * max(len(phone) - 5, 3) + phone[-2:]


def masked_name(name: str | None) -> str:
    """Show the first character of a name."""
    return name[0] + "**" if name else ""
