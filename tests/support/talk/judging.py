"""The automatic judgement: what came of a conversation against what its file expects.

Words are left to readers, but for those that must or must not be said. A mark is made only for what
the file expects, so the rate of one sort of mark has its own count.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from talk.filed import Filed
from talk.material import Conversation, ends_of, listed
from talk.playing import Exchange, Played
from talk.values import holds, said
from talk.world import MODE, NEXT, SUMMARY, WHICH

KINDS = {"question": "consult"}
"""Kinds as the files name them, where the product has another name."""

MISCONDUCT = "misconduct"
_MISCONDUCT = re.compile(r"misconduct|conduct of officials|official conduct", re.IGNORECASE)

HELPLESS = frozenset(
    {
        "utter_not_understood",
        "utter_did_not_understand",
        "utter_did_you_mean",
        "utter_out_of_scope",
        "utter_unavailable",
        "utter_button_expired",
        "utter_case_not_found",
    }
)
"""Responses that are no answer to anything."""

_CONSULTED = ("utter_consult_answer", "utter_consult_aside")
_PROGRESS = ("utter_progress", "utter_which_case", "utter_piece_case")
_FREE = frozenset({SUMMARY, NEXT, WHICH, MODE, "leave", "change"})
"""Questions that may be put again."""
_HOTLINE = "12345"
_DOOR = re.compile(r"(?<!\d)(?:1[02]\d{3}|9[56]\d{3,4}|11[0-9]|12[0-2]|0\d{2,3}-?\d{7,8})(?!\d)")
_CALL = re.compile(r"联系|聯繫|回电|回電|致电|致電|打给您|打給您|\bcall|contact", re.IGNORECASE)
_WHEN = re.compile(
    r"\d+[:点點时時]|工作日|小时|小時|分钟|分鐘|今天|明天|上午|下午"
    r"|\bhour|minute|today|tomorrow|working day",
    re.IGNORECASE,
)


_OF_THE_CASE = frozenset({"end", "kind", "category", "detail", "absent", "cases", "flags"})


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark. `of` is what was judged, `key` the detail; `why` says what is wrong."""

    of: str
    right: bool
    why: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """All marks of one conversation."""

    id: str
    marks: tuple[Mark, ...]
    needless: int
    turns: int

    @property
    def faultless(self) -> bool:
        """Whether nothing is wrong."""
        return all(mark.right for mark in self.marks)

    @property
    def complete(self) -> bool:
        """Whether what was filed is right, however long it took and whatever was said."""
        return all(mark.right for mark in self.marks if mark.of in _OF_THE_CASE)

    @property
    def wrong(self) -> list[Mark]:
        """The marks that are wrong."""
        return [mark for mark in self.marks if not mark.right]


def judge(conversation: Conversation, played: Played) -> Judgement:
    """Judge a conversation."""
    turns = len(played.of())
    if played.broken is not None:
        broken = Mark("end", right=False, why=f"broken: {played.broken}")
        return Judgement(conversation.id, (broken,), 0, turns)
    needless = _needless(conversation, played)
    marks = [
        _end(conversation, played),
        *_filed(conversation, played),
        *_count(conversation, played),
        Mark("needless", not needless, "asked: " + ", ".join(needless)),
        Mark("loop", played.loop is None, played.loop or ""),
        *_alarm(conversation, played),
        *_words(conversation, played),
        *_flags(conversation, played),
        *_after(played),
    ]
    return Judgement(conversation.id, tuple(marks), len(needless), turns)


def _end(conversation: Conversation, played: Played) -> Mark:
    if conversation.earlier is not None and not played.before:
        return Mark("end", right=False, why="the earlier conversation was not filed")
    allowed, found = conversation.ends, ends(played)
    also = [
        ends_of(item) for item in conversation.expect.get("also_filed", ()) if "kind" not in item
    ]
    right = bool(allowed & found) and all(item & found for item in also)
    if "filed" in found and not allowed & {"filed", "alarm", "person"}:
        right = False
    return Mark("end", right, f"{sorted(found) or 'none'}, not {sorted(allowed)}")


def ends(played: Played) -> frozenset[str]:
    """Find how a conversation has ended; often in several ways at once."""
    found: set[str] = set()
    exchanges = played.of()
    responses = frozenset(name for exchange in exchanges for name in exchange.heard.responses)
    old = {case.number for case in played.before}
    for case in played.cases:
        if case.state == "withdrawn":
            found.add("withdrawn")
        elif case.number not in old:
            found.add("filed")
        moves = played.moves.get(case.number, ())
        found |= {"urged"} if "urge" in moves else set()
        found |= {"added"} if {"remark", "add_details"} & set(moves) else set()
    if any(name.startswith(_PROGRESS) for name in responses):
        found.add("progress")
    if any(name.startswith(_CONSULTED) for name in responses):
        found.add("answered")
    customs = [custom for exchange in exchanges for custom in exchange.heard.customs]
    if any(custom.get("type") == "emergency" for custom in customs):
        found.add("alarm")
    modes = {custom.get("mode") for custom in customs if custom.get("type") == "live"}
    found |= {"live", "person"} if modes & {"waiting", "live"} else set()
    if played.cases and any(_calls_back(exchange) for exchange in exchanges):
        found.add("person")
    if any(_sends_elsewhere(exchange) for exchange in exchanges):
        found.add("referred")
    filed_now = any(case.state != "withdrawn" for case in played.opened)
    helped = bool(exchanges) and not exchanges[-1].heard.responses & HELPLESS
    if not filed_now and played.loop is None:
        found |= {"nothing_filed"}
        if helped and exchanges[-1].heard.asked is None:
            found |= {"told"}
    menus = {"utter_did_you_mean", "utter_not_understood", "utter_did_not_understand"}
    if (
        not filed_now
        and not any(exchange.heard.asked for exchange in exchanges)
        and not responses & menus
    ):
        found |= {"talk"} if "alarm" in found or "utter_stay_with_me" in responses else set()
    return frozenset(found)


def _plain(exchange: Exchange) -> list[str]:
    """The words of a turn without an alarm's and a receipt's."""
    special = {custom.get("type") for custom in exchange.heard.customs} & {"emergency", "receipt"}
    return [] if special else list(exchange.heard.texts)


def _calls_back(exchange: Exchange) -> bool:
    return any(_CALL.search(text) and _WHEN.search(text) for text in _plain(exchange))


def _sends_elsewhere(exchange: Exchange) -> bool:
    if any(name.startswith(_PROGRESS) for name in exchange.heard.responses):
        return False  # the telephone of the unit
    if exchange.heard.asked == SUMMARY:
        return False  # the citizen's own
    return any(set(_DOOR.findall(text)) - {_HOTLINE} for text in _plain(exchange))


def _wanted(conversation: Conversation) -> list[Mapping[str, Any]]:
    """What is expected of each case."""
    also = [item for item in conversation.expect.get("also_filed", ()) if "filed" in ends_of(item)]
    return [conversation.expect, *also]


def _filed(conversation: Conversation, played: Played) -> Iterator[Mark]:
    """Judge kind, category and details of each case; where one had to be filed and was not, all
    of these are wrong."""
    wanted = _wanted(conversation)
    cases: list[Filed | None] = [case for case in played.opened if case.state != "withdrawn"]
    if not cases and "added" in conversation.ends:
        cases = [*played.before]
    cases += [None] * (len(wanted) - len(cases))
    best: tuple[list[Mark], ...] = ()
    for order in permutations(cases[:6], len(wanted)):
        marks = tuple(
            list(_one(expected, case)) for expected, case in zip(wanted, order, strict=True)
        )
        if not best or _right(marks) > _right(best):
            best = marks
    for marks in best:
        yield from marks


def _right(marks: tuple[list[Mark], ...]) -> int:
    return sum(mark.right for item in marks for mark in item) - sum(
        not mark.right for item in marks for mark in item
    )


def _one(expected: Mapping[str, Any], case: Filed | None) -> Iterator[Mark]:
    if case is None:
        if ends_of(expected) != {"filed"}:
            return
        for of in ("kind", "category"):
            if of in expected:
                yield Mark(of, right=False, why="nothing filed")
        for key in expected.get("details", ()):
            yield Mark("detail", right=False, why=f"{key}: nothing filed", key=key)
        return
    if "kind" in expected:
        kinds = {KINDS.get(kind, kind) for kind in listed(expected["kind"])}
        yield Mark("kind", case.kind in kinds, f"{case.kind}, not {sorted(kinds)}")
    if "category" in expected:
        codes = listed(expected["category"])
        right = case.category in codes
        if MISCONDUCT in codes and _MISCONDUCT.search(case.called[1]):
            right = True
        why = f"{case.category} {case.called[0]}, not {codes}"
        yield Mark("category", right, why)
    for key, wanted in expected.get("details", {}).items():
        value = case.value(key)
        yield Mark("detail", holds(value, wanted, key), f"{key}: {value!r}, not {wanted}", key)
    for words in expected.get("absent", ()):
        yield Mark("absent", not said([case.words], words), f"still there: {words}")


def _count(conversation: Conversation, played: Played) -> Iterator[Mark]:
    if (wanted := conversation.expect.get("cases")) is not None:
        yield Mark("cases", len(played.opened) == wanted, f"{len(played.opened)}, not {wanted}")


def _needless(conversation: Conversation, played: Played) -> list[str]:
    """Find the questions for what was told in `says`, or was answered before."""
    found: list[str] = []
    given = set(conversation.expect.get("not_asked", ()))
    answered: set[str] = set()
    says = len(played.of("says"))
    for place, exchange in enumerate(played.of(), 1):
        if exchange.answers is not None and not exchange.instead:
            answered.add(exchange.answers)
        if any(custom.get("type") == "receipt" for custom in exchange.heard.customs):
            given, answered = set(), set()  # another matter may ask the same
        asked = exchange.heard.asked
        if asked is None or asked in _FREE or place < says:
            continue
        if asked in given or asked in answered:
            found.append(asked)
    return found


def _alarm(conversation: Conversation, played: Played) -> Iterator[Mark]:
    exchanges = played.of()
    heard = [
        custom
        for exchange in exchanges
        for custom in exchange.heard.customs
        if custom.get("type") == "emergency"
    ]
    expected = conversation.expect.get("alarm")
    if expected is None:
        if "alarm" not in conversation.ends:
            kinds = [custom.get("kind") for custom in heard]
            yield Mark("alarm", not heard, f"a false alarm: {kinds}", "false")
        return
    words = [text for exchange in exchanges for text in exchange.heard.texts]
    missing = [number for number in expected["numbers"] if not said(words, number)]
    yield Mark("alarm", bool(heard), "no alarm", "raised")
    yield Mark("alarm", not missing, f"not told: {missing}", "numbers")
    if expected.get("first"):
        first = exchanges[0].heard if exchanges else None
        before = first is not None and first.customs[:1] and first.customs[0] in heard
        right = bool(before) and first is not None and first.asked in (None, "safe")
        yield Mark("alarm", right, "not first, or asked for a detail in that turn", "first")


def _words(conversation: Conversation, played: Played) -> Iterator[Mark]:
    words = [text for item in played.of() for text in item.heard.texts]
    for wanted in conversation.expect.get("told", ()):
        yield Mark("told", said(words, wanted), f"not said: {wanted}")
    for unwanted in conversation.expect.get("never", ()):
        yield Mark("never", not said(words, unwanted), f"said: {unwanted}")
    turns = [item.heard.texts for item in played.of()]
    silent = [place for place, texts in enumerate(turns, 1) if not texts]
    yield Mark("silent", not silent, f"no answer in turn {silent}")


def _flags(conversation: Conversation, played: Played) -> Iterator[Mark]:
    flags = set(conversation.expect.get("flags", ()))
    cases = [case for case in played.opened if case.state != "withdrawn"]
    if ways := flags & {"confidential", "anonymous"}:
        modes = {case.mode for case in cases}
        if cases or conversation.ends == {"filed"}:
            yield Mark("flags", bool(modes & ways), f"{sorted(modes)}, not {sorted(ways)}")
    if "no_contact" in flags:
        phones = [phone for case in cases if (phone := case.value("contact"))]
        asked = sum(item.heard.asked == "contact" for item in played.of())
        yield Mark("flags", not phones and asked < 2, f"phones {phones}, asked {asked} times")


def _after(played: Played) -> Iterator[Mark]:
    """What is said after the end must be understood; whether the answer fits is for readers."""
    for exchange in played.of("after"):
        if exchange.answers is None:
            right = bool(exchange.heard.texts) and not exchange.heard.responses & HELPLESS
            yield Mark("after", right, f"no answer to {exchange.said!r}")
