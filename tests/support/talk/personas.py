"""Generated citizens: what each knows, in which order it comes, errors, patience, changes of mind.

docs/adr/0019-generated-citizens.md describes the model. A citizen is a `Conversation` like a
written one, so it is played and judged by the same rules. Number `n` of a seed is always the same.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from talk.material import Conversation, conversation, read_yaml

SEED = 20261203
FILE = Path(__file__).with_name("personas.yml")

TOLD_AT_ONCE = 0.4
"""How likely each fact stands in the opening message."""
MISTAKE = 0.15
"""How likely each word that has a common misspelling is misspelt, outside names and numbers."""
SPLITS, GREETS, THANKS = 0.2, 0.3, 0.3
IMPATIENT = 0.15
"""Share of citizens who answer one question and skip those that may be skipped after it."""
CORRECTS, INTERRUPTS, DROPS = 0.15, 0.1, 0.05

Fact: TypeAlias = tuple[str, Sequence[Any]]


def citizens(count: int, seed: int = SEED) -> list[Conversation]:
    """Make the first `count` citizens of a seed."""
    words = read_yaml(FILE)
    return [_citizen(words, number, random.Random(f"{seed}:{number}")) for number in range(count)]


def _citizen(words: Mapping[str, Any], number: int, chance: random.Random) -> Conversation:
    matter = chance.choice(words["matters"])
    asked = [key for key in ("place", *matter.get("asks", ()), "contact") if _asked(key, matter)]
    facts: dict[str, Fact] = {key: tuple(chance.choice(words["facts"][key])) for key in asked}
    first = [key for key in asked if key != "contact" and chance.random() < TOLD_AT_ONCE]
    chance.shuffle(first)
    story = _misspelt(chance.choice(matter["tells"]), words["mistakes"], chance)
    patience = 1 if chance.random() < IMPATIENT else len(asked)
    later = [key for key in asked if key not in first]
    known = [key for key in later if key == "contact" or later.index(key) < patience]
    written: dict[str, Any] = {
        "id": f"citizen-{number:04}",
        "lang": "zh",
        "says": _opening(story, [facts[key][0] for key in first], words, chance),
        "knows": {key: facts[key][0] for key in (*first, *known)},
        "does_not_know": chance.choice(words["skips"]),
        "at_summary": [chance.choice(words["agrees"])],
        "expect": {
            "end": "filed",
            "kind": ["complaint", "help", "report"],
            "category": matter["category"],
            "details": {key: list(facts[key][1]) for key in (*first, *known)},
            "not_asked": ["description", *first],
            "cases": 1,
        },
    }
    _change_of_mind(written, facts, words, chance)
    return conversation(written)


def _asked(key: str, matter: Mapping[str, Any]) -> bool:
    """Tell whether a detail belongs to a matter: firms have no place here."""
    firm = {"merchant", "employer", "institution", "line"} & set(matter.get("asks", ()))
    return key != "place" or not firm


def _misspelt(story: str, mistakes: Mapping[str, str], chance: random.Random) -> str:
    for right, wrong in mistakes.items():
        if right in story and chance.random() < MISTAKE:
            story = story.replace(right, wrong, 1)
    return story


def _opening(
    story: str, facts: list[str], words: Mapping[str, Any], chance: random.Random
) -> list[str]:
    """Put story and facts into one message, or into one each; the story first or last."""
    parts = [story, *facts] if chance.random() < 0.5 else [*facts, story]
    hello = chance.choice(words["hello"]) if chance.random() < GREETS else ""
    thanks = chance.choice(words["courtesy"]) if chance.random() < THANKS else ""
    if len(parts) > 1 and chance.random() < SPLITS:
        return [hello + parts[0], *parts[1:-1], parts[-1] + thanks]
    return [hello + chance.choice(words["joins"]).join(parts) + thanks]


def _change_of_mind(
    written: dict[str, Any],
    facts: Mapping[str, Fact],
    words: Mapping[str, Any],
    chance: random.Random,
) -> None:
    """Correct the place or the telephone at the summary or before it, or drop the matter."""
    drawn = chance.random()
    expect = written["expect"]
    if drawn < DROPS:
        written["at_summary"] = ["算了 不报了"]
        written["expect"] = {"end": ["nothing_filed", "withdrawn"], "cases": 0}
        return
    key = "place" if "place" in expect["details"] else "contact"
    others = [item for item in words["facts"][key] if item[0] != facts[key][0]]
    name = {"place": "地址", "contact": "电话"}[key]
    said, wanted = chance.choice(others)
    correction = f"{name}说错了，是{said}"
    if drawn < DROPS + CORRECTS:
        written["at_summary"] = [correction, *written["at_summary"]]
    elif drawn < DROPS + CORRECTS + INTERRUPTS and key == "place":
        written["instead"] = [{"when": "contact", "says": correction}]
    else:
        return
    expect["details"][key] = list(wanted)
