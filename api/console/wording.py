"""Words for what the case service tells in codes and moments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.console.visit import Visit
from api.contract import CaseOut, CaseSummary, HistoryEntry, Names, Reason
from api.domain.catalogue import DetailType
from api.domain.lifecycle import ENDS, State
from kernel.clock import SHANGHAI

_SOON = timedelta(hours=4)
_ANSWERS = frozenset({"replied", "rated", "late_survey_answer"})
"""Reasons that are answers to questions."""


@dataclass(frozen=True, slots=True)
class Due:
    """Until when something is due: in words, the exact moment, and how it stands.

    `tone` is one of `late`, `soon`, `calm`, `none`; the words say the same as the colour.
    """

    words: str
    moment: str
    tone: str


def due(visit: Visit, case: CaseSummary, now: datetime) -> Due:
    """Say until when the next word on a case is due."""
    if case.due_at is None or State(case.state) in ENDS:
        return Due(visit.say("due_none"), "", "none")
    at = moment(visit, case.due_at, now)
    left = case.due_at - now
    if left < timedelta():
        return Due(visit.say("due_late", span=span(visit, -left)), at, "late")
    tone = "soon" if left <= _SOON else "calm"
    return Due(visit.say("due_left", span=span(visit, left)), at, tone)


def span(visit: Visit, length: timedelta) -> str:
    """Say a length of time roughly, as people do."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return visit.say("span_moment")
    for key, size in (("days", 24 * 60), ("hours", 60)):
        if minutes >= 2 * size or (key == "hours" and minutes >= size):
            n = minutes // size
            return visit.say(f"span_{key}_one" if n == 1 else f"span_{key}", n=n)
    return visit.say("span_minutes_one" if minutes == 1 else "span_minutes", n=minutes)


def moment(visit: Visit, at: datetime, now: datetime) -> str:
    """Say a moment in the city's time; the year only where it is another."""
    local, today = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    clock = f"{local:%H:%M}"
    days = (local.date() - today.date()).days
    if days in (-1, 0, 1):
        return visit.say({-1: "at_yesterday", 0: "at_today", 1: "at_tomorrow"}[days], clock=clock)
    key = "at_day" if local.year == today.year else "at_year"
    return visit.say(
        key,
        clock=clock,
        year=local.year,
        month=local.month,
        day=local.day,
        month_name=visit.say(f"month_{local.month}"),
    )


def reason(visit: Visit, because: Reason) -> str:
    """Say one "because"."""
    key = f"because_{because.code}"
    if not visit.context.texts.has(key):
        return because.code
    words = {
        name: visit.name(value) if isinstance(value, Names) else _said(visit, name, value)
        for name, value in because.params.items()
    }
    if because.code in _ANSWERS:
        said = [
            visit.say("said", key=visit.say(f"survey_{key}"), value=choice(visit, key, words[key]))
            for key in ("claim_true", "contacted", "solved", "satisfaction", "treated", "reason")
            if key in words
        ]
        return visit.say(key, said=listed(visit, said))
    missing = visit.context.texts.parameters(key, visit.language) - words.keys()
    if "place" in missing and visit.context.texts.has(f"{key}_anywhere"):
        key = f"{key}_anywhere"
        missing = visit.context.texts.parameters(key, visit.language) - words.keys()
    return because.code if missing else visit.say(key, **words)


def _said(visit: Visit, name: str, value: str) -> str:
    """Put a parameter of a reason, a code or a moment, into words."""
    desk = visit.context.desk
    match name:
        case "until":
            return moment(visit, datetime.fromisoformat(value), desk.clock.now())
        case "how" | "stand":
            return choice(visit, name, value)
        case "keys":
            return listed(visit, [detail_name(visit, one) for one in value.split(",")])
        case "unit" if (unit := desk.catalogue.units.get(value)) is not None:
            return visit.name(unit.names)
        case "before" if (category := desk.catalogue.categories.get(value)) is not None:
            return visit.name(category.names)
    return value


def listed(visit: Visit, words: list[str]) -> str:
    """Say several things in a row."""
    return visit.say("comma").join(words)


def state(visit: Visit, value: str) -> str:
    """Name a state."""
    return visit.say_or(f"state_{value}", value)


def move(visit: Visit, value: str) -> str:
    """Name a move, as what one does."""
    return visit.say_or(f"move_{value}", value)


def moved(visit: Visit, entry: HistoryEntry) -> str:
    """Name a move, as what was done."""
    return visit.say_or(f"moved_{entry.move}", move(visit, entry.move))


def who(visit: Visit, entry: HistoryEntry) -> str:
    """Say who made a move."""
    role = visit.say_or(f"role_{entry.actor.role}", entry.actor.role)
    name = entry.actor.name
    return f"{name} · {role}" if name else role


def choice(visit: Visit, key: str, value: str) -> str:
    """Name one of the values of a field."""
    for words in (f"choice_{key}_{value}", value):
        if visit.context.texts.has(words):
            return visit.say(words)
    return value.replace("_", " ")


def detail_name(visit: Visit, key: str) -> str:
    """Name a detail."""
    found = visit.context.desk.catalogue.details.get(key)
    return visit.name(found.names) if found is not None else key


def detail_value(visit: Visit, key: str, value: str) -> str:
    """Say a detail's answer: the name of what was chosen, else as it was given."""
    found = visit.context.desk.catalogue.details.get(key)
    if found is None:
        return value
    if found.type is DetailType.YES_NO and value in ("yes", "no", "true", "false"):
        return visit.say("yes" if value in ("yes", "true") else "no")
    chosen = next((one for one in found.choices if one.key == value), None)
    return visit.name(chosen.names) if chosen is not None else value


def place(visit: Visit, case: CaseOut) -> str | None:
    """Say where it is: the citizen's words, and the territory as far as it is known."""
    if case.place is None:
        return None
    territory = visit.context.desk.catalogue.territory
    codes = (case.place.district, case.place.street, case.place.community)
    known = [territory.get(code) for code in codes if code]
    names = [one.en if visit.language == "en" else one.zh for one in known if one is not None]
    if not names:
        return case.place.text
    joined = visit.say("place_joint").join(names if visit.language == "zh" else names[::-1])
    return visit.say("place_known", words=case.place.text, territory=joined)


def masked_phone(phone: str | None) -> str:
    """Show the first three and the last two digits of a number."""
    if not phone:
        return ""
    return phone[:3] + "*" * max(len(phone) - 5, 3) + phone[-2:]


def masked_name(name: str | None) -> str:
    """Show the first character of a name."""
    return name[0] + "**" if name else ""
