"""Natural answers to one question of each type: taken at first, and with the value that is meant.

A citizen opens a matter in which the question comes, answers what comes before it, then says the
answer. Taken means that the same question is not put again and that there is a value now; of an
answer that gives none, that none was made up.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from talk.judging import HELPLESS
from talk.rates import Rate
from talk.running import Studio
from talk.values import even, numbers
from talk.world import DESCRIPTION, SUMMARY, Heard, World

Answer = Mapping[str, Any]
Outcome = Mapping[str, bool]

_COVER, _STALL, _CARD, _WAGES = 0, 1, 2, 3
_OPENINGS = {
    "zh": (
        "路边的井盖缺了一块",
        "烧烤店占道经营",
        "健身房关门了，会员卡里的钱退不了",
        "公司拖欠我们工资",
    ),
    "en": (
        "A manhole cover is missing on the road",
        "A barbecue stall blocks the sidewalk",
        "The gym closed down and will not refund my prepaid membership card",
        "My employer has not paid our wages",
    ),
}
_KNOWS = {
    "zh": {
        "place": "中山北路200号", "time": "昨天晚上", "merchant": "力健健身房", "amount": "3000元",
        "employer": "宏远建筑公司", "head_count": "12个人", "demand": "退钱",
        "contact": "13800005001",
    },
    "en": {
        "place": "200 Zhongshan North Road", "time": "yesterday evening", "merchant": "Lijian Gym",
        "amount": "3000 yuan", "employer": "Hongyuan Construction", "head_count": "12 people",
        "demand": "a refund", "contact": "13800005001",
    },
}  # fmt: skip
_ASKED = {
    "place": (_COVER, "place"),
    "time": (_STALL, "time"),
    "sum": (_CARD, "amount"),
    "party": (_CARD, "merchant"),
    "count": (_WAGES, "head_count"),
    "phone": (_COVER, "contact"),
    "yes_no": (_COVER, SUMMARY),
    "satisfaction": (_COVER, "satisfaction"),
    "story": (None, DESCRIPTION),
}
"""The opening after which each type of question comes, and its name in the agent's state."""
_SOMETHING = {"zh": "我要投诉", "en": "I want to make a complaint"}
_SUBMIT = {"zh": "确认", "en": "Confirm"}

_VERDICTS = (
    ("非常不满意", "satisfaction", ("very_dissatisfied",)),
    ("非常满意", "satisfaction", ("very_satisfied",)),
    ("基本满意", "satisfaction", ("fairly_satisfied", "satisfied")),
    ("不满意", "satisfaction", ("dissatisfied",)),
    ("满意", "satisfaction", ("satisfied", "very_satisfied")),
    ("未联系", "contacted", ("no",)),
    ("联系过", "contacted", ("yes",)),
    ("未解决", "solved", ("no",)),
    ("部分解决", "solved", ("partly",)),
    ("解决", "solved", ("yes",)),
)
"""What a verdict that is meant comes to in the survey, longest words first."""

ENOUGH = 0.7
"""The share of what is meant that must stand in the value, its characters in order."""


@dataclass(frozen=True, slots=True)
class _At:
    """Where the agent is when the answer is said."""

    key: str
    heard: Heard


async def answered(studio: Studio, answer: Answer) -> tuple[Answer, Outcome]:
    """Bring the agent to the question, say the answer, and judge what came of it."""
    if answer["asked"] not in _ASKED:
        return answer, {"asked": False}
    lang = "zh" if re.search(r"[\u3400-\u9fff]", answer["answer"]) else _latin(answer["answer"])
    async with studio.world() as world:
        at = await _brought(world, answer["asked"], lang)
        if at is None:
            return answer, {"asked": False}
        heard = await world.say(answer["answer"])
        outcome = await _judged(world, answer, at, heard)
        return answer, {"asked": True, **outcome}


def _latin(words: str) -> str:
    """An answer without a Chinese character is English when it has two words of it."""
    return "en" if len(re.findall(r"[A-Za-z]{2,}", words)) > 1 else "zh"


async def _brought(world: World, asked: str, lang: str) -> _At | None:
    opening, key = _ASKED[asked]
    heard = await world.say(_SOMETHING[lang] if opening is None else _OPENINGS[lang][opening])
    for _ in range(6):
        if heard.asked == key:
            return _At(key, heard)
        if heard.asked is None:
            break
        heard = await world.say(_KNOWS[lang].get(heard.asked, _SUBMIT[lang]))
    cases = await world.cases()
    if key != "satisfaction" or not cases:
        return None
    await world.replied(cases[0].number)
    return _At(key, heard)


async def _judged(world: World, answer: Answer, at: _At, heard: Heard) -> Outcome:
    nothing = bool(answer.get("no_value"))
    meant = re.sub(r"[（(].*?[)）]", "", str(answer["meant"]))  # a remark to readers
    if at.key == SUMMARY:
        return await _confirmed(world, meant, heard, nothing=nothing)
    if at.key == "satisfaction":
        return await _rated(world, meant, heard)
    value = world.draft.value("happened" if at.key == DESCRIPTION else at.key)
    again = heard.asked == at.key
    if nothing:
        none = value is None or (at.key == "contact" and not value.get("phone"))
        return {"taken": none, "value": none}
    words = value.get("phone") or "" if at.key == "contact" and value else _text(value)
    taken = bool(words) and not again and not heard.responses & HELPLESS
    return {"taken": taken, "value": taken and agrees(answer["asked"], meant, words)}


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("text") or "")
    return str(value or "")


def agrees(asked: str, meant: str, value: str) -> bool:
    """Tell whether a value is what was meant: numbers by number, words by most of their characters.

    A time has too many ways to be written, and of a story only the subject is given: any value is
    right.
    """
    if asked in ("time", "story"):
        return True
    if asked == "phone":
        wanted = re.findall(r"\d{7,}", meant)
        return not wanted or re.sub(r"\D", "", value).endswith(wanted[0])
    if asked in ("sum", "count") and (wanted_numbers := numbers(meant)):
        return bool(wanted_numbers & numbers(value))
    mine = re.sub(r"\W", "", even(meant))
    return common(mine, re.sub(r"\W", "", even(value))) >= ENOUGH * len(mine)


def common(one: str, other: str) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for character in one:
        before = 0
        for place, its in enumerate(other, 1):
            before, row[place] = (
                row[place],
                (before + 1 if character == its else max(row[place], row[place - 1])),
            )
    return row[-1]


async def _confirmed(world: World, meant: str, heard: Heard, *, nothing: bool) -> Outcome:
    filed = bool(await world.cases())
    if nothing or meant == "wait":
        return {"taken": not filed, "value": not filed}
    if meant.startswith("yes"):
        return {"taken": filed, "value": filed}
    moved = not filed and heard.asked != SUMMARY
    changed = not filed and bool(heard.responses & {"utter_changed", "utter_added"})
    return {"taken": moved or changed, "value": not filed}


async def _rated(world: World, meant: str, heard: Heard) -> Outcome:
    number = (await world.cases())[0].number
    survey = await world.stage.client.survey(number, contact_point=world.port.conversation)
    rating = survey.final or survey.first
    given = {
        "contacted": survey.contacted,
        "solved": rating.solved if rating else None,
        "satisfaction": rating.satisfaction if rating else None,
    }
    rest = even(meant)
    wanted: list[tuple[str, Sequence[str]]] = []
    for words, field, values in _VERDICTS:
        if words in rest:
            rest = rest.replace(words, "")
            wanted.append((field, values))
    taken = any(given.values()) and not heard.responses & HELPLESS
    return {
        "taken": taken,
        "value": taken and all(given[item] in values for item, values in wanted),
    }


def rates(done: Iterable[tuple[Answer, Outcome]]) -> dict[str, Rate]:
    """Count by type: taken at first, and with the right value."""
    every = [item for item in done if item[0]["asked"] in _ASKED]
    rows = [(answer, outcome) for answer, outcome in every if outcome["asked"]]
    types = sorted({str(answer["asked"]) for answer, _ in rows})
    found = {"question came": Rate(len(rows), len(every))}
    for name in ("", *types):
        mine = [item for answer, item in rows if name in ("", answer["asked"])]
        for key in ("taken", "value"):
            label = f"{name}: {key}" if name else key
            found[label] = Rate(sum(outcome[key] for outcome in mine), len(mine))
    return found
