"""Results to read: totals, a conversation in full, lines of JSON, transcripts for readers."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from talk.filed import Filed
from talk.judging import Judgement
from talk.material import STRANGERS, Conversation
from talk.playing import Played
from talk.rates import Rate

Done = tuple[Conversation, Played, Judgement]


def rates(judged: Sequence[Judgement]) -> dict[str, Rate]:
    """Count what is right: of conversations, and of single marks for details and alarms."""
    of = {
        "faultless": Rate(sum(item.faultless for item in judged), len(judged)),
        "right and complete": Rate(sum(item.complete for item in judged), len(judged)),
    }
    marks = [mark for item in judged for mark in item.marks]
    for name in dict.fromkeys(mark.of for mark in marks):
        mine = [mark.right for mark in marks if mark.of == name]
        of[name] = Rate(sum(mine), len(mine))
    return of


def lines(found: Mapping[str, Rate]) -> str:
    """Rates as lines."""
    width = max((len(name) for name in found), default=0) + 2
    return "".join(f"{name:<{width}}{rate}\n" for name, rate in found.items())


def transcript(played: Played) -> str:
    """What was said, in order; what is asked after each turn stands in brackets."""
    found: list[str] = []
    phase = ""
    for exchange in played.exchanges:
        if exchange.phase != phase:
            phase = exchange.phase
            found.append(f"-- {phase}")
        found.append(f"> {exchange.said}")
        for text in exchange.heard.texts:
            found += [f"    {line}" for line in text.split("\n")]
        if exchange.heard.buttons:
            found.append(
                "    " + " ".join(f"[{button.title}]" for button in exchange.heard.buttons)
            )
        if exchange.heard.asked:
            found.append(f"    (asked: {exchange.heard.asked})")
    return "\n".join(found)


def case_lines(case: Filed) -> list[str]:
    """A filed case in a few lines."""
    found = [
        f"{case.number} {case.kind} {case.category} {case.called[0]} {case.state} {case.mode}",
        f"    happened: {case.happened}",
    ]
    return found + [f"    {key}: {value}" for key, value in case.values.items()]


def in_full(conversation: Conversation, played: Played, judgement: Judgement) -> str:
    """A conversation with what is wrong in it."""
    found = [f"===== {conversation.id} {conversation.about}", transcript(played)]
    for case in played.cases:
        found += case_lines(case)
    found += [f"  WRONG {mark.of}: {mark.why}" for mark in judgement.wrong]
    if conversation.notes:
        found.append(f"  notes: {conversation.notes}")
    return "\n".join(found) + "\n\n"


def as_json(conversation: Conversation, played: Played, judgement: Judgement) -> str:
    """A result as one line of JSON."""
    return json.dumps(
        {
            "id": conversation.id,
            "about": conversation.about,
            "faultless": judgement.faultless,
            "turns": judgement.turns,
            "wrong": [[mark.of, mark.key, mark.why] for mark in judgement.wrong],
            "right": Counter(mark.of for mark in judgement.marks if mark.right),
            "said": [[exchange.said, *exchange.heard.texts] for exchange in played.exchanges],
            "cases": [case_lines(case) for case in played.cases],
        },
        ensure_ascii=False,
    )


def for_readers(done: Iterable[Done], folder: Path) -> None:
    """Write each conversation and the rubric into files: without the automatic judgement, as
    readers judge on their own."""
    folder.mkdir(parents=True, exist_ok=True)
    readme = (STRANGERS / "README.md").read_text(encoding="utf-8")
    rubric = readme[readme.index("## `expect`") : readme.index("## What is here")]
    (folder / "RUBRIC.md").write_text(rubric, encoding="utf-8")
    for conversation, played, _ in done:
        expected = yaml.safe_dump(dict(conversation.expect), allow_unicode=True, sort_keys=False)
        cases = [line for case in played.cases for line in case_lines(case)]
        parts = [
            f"# {conversation.id}: {conversation.about}",
            transcript(played),
            "## Cases\n\n" + "\n".join(cases or ["none"]),
            "## Expected\n\n" + expected,
            f"## Notes\n\n{conversation.notes or 'none'}",
        ]
        file = folder / f"{conversation.id}.md"
        file.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
