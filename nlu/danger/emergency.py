"""Detect present danger to life or property from the words alone.

It is fast enough to run on every message before anything else; its only state is a small model that
is read once. The model (`nlu.danger.score`) decides, from the words and the rules' evidence. The
rules name the kind and the numbers to call; if they find none, the model does. Without a model file
the rules decide alone.
"""

import logging
import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from nlu.classify import BROKEN
from nlu.danger.dangers import DANGERS, DangerPattern, Kind, Number
from nlu.danger.score import Alarm, load
from nlu.normalise import NormalisedText, read

__all__ = ["FEW_WORDS", "Emergency", "Kind", "Number", "by_rules", "detect", "evidence"]

MODEL = Path(__file__).parents[1] / "model"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Emergency:
    """The kind of danger, the numbers to call (most urgent first), and the words that report it.

    `span` is a span of the original text, end exclusive; the whole text if no words stand out.
    """

    kind: Kind
    call: tuple[Number, ...]
    span: tuple[int, int]


DECIDES = 2_000
"""Characters of a message that are examined: a hostile text may be long."""

_LETTER = 120
_PART = re.compile(r"(?s).{20,}?(?:[。!?;\n]|$)|.+")
_DESPAIR = next(danger for danger in DANGERS if danger.kind == "self_harm")
_WINDOW = 60
_SENTENCE_ENDS = "。!?;\n"
_LATIN = re.compile("[a-z]{3}")

_NOW = re.compile(
    "现在|正在|此刻|这会儿?|刚刚|刚才|马上|赶快|赶紧|快来|快派|救命(?!钱)|又(?:着|起|失|烧|塌|漏|打)"
    "|还在|仍然?在|没有?扑灭|来人|到现在(?:都|还)?没(?:有)?(?:回|找到|消息)"
    r"|\b(?:now|just|still|help|hurry|immediately|at the moment)\b"
)
_LONG_OVER = (
    "去年|前年|前几年|前些年|年前|曾经|当年|小时候|历史上|那(?:次|回|年|一次)|(?:19|20)[0-9]{2}年"
    "|两周前|星期前|礼拜前|月前"
    r"|\b(?:last (?:year|summer|winter)|years? ago|used to|back then|in (?:19|20)[0-9]{2})\b"
)
_OVER = re.compile(
    f"{_LONG_OVER}|曾|上个?月|上上|上周|上星期|上礼拜|上次|上回|以前|之前|当时|昨[天日晚夜]|前天|前几天|天前"
    "|前段时间|前阵子|月份|多次|经常|老是|总是|常年|历年|每次|半年"
    r"|\b(?:last (?:month|week|night)|(?:months?|weeks?|days?) ago|yesterday|once|often|always"
    r"|sometimes)\b"
)
_OVER_EVEN_IF_IT_LASTS = re.compile(_LONG_OVER + "|上次|上回|上周的")
# Words before it in its sentence: it is feared, imagined, told, practised, asked or thanked for.
_UNREAL = re.compile(
    "演习|演练|电影|电视剧|小说|游戏|新闻|听说|如果|要是|假如|假设|倘若|万一|一旦|怕(?!是)|担心|预防"
    "|防止|避免|以防|容易|会不会|可能|隐患|风险|培训|宣传|差点|早晚|迟早|感谢|表扬|谢谢|多亏|建议"
    r"|\b(?:if|drill|afraid|worried|risk|could|might|would|prevent|in case|training|thanks?)\b"
)
_DENIED = re.compile(
    r"(?:没有?|未|不是|并非|无)(?:再|发生|出现|人|过)?$|\b(?:no|not(?: a)?|isn't) $"
)
_FINISHED = re.compile(
    "^[^。!?;,\n]{0,8}?(?:过(?!来|去|道|于|大|敏|桥)|隐患|演习|演练|风险|赔|保险|怎么(?:预防|防))"
    "|^[^。!?;\n]{0,16}?(?:扑灭了|灭了|(?<!没)找到了|修好了|救出来了|放出来了)"
    r"|^[^.!?;\n]{0,24}?\b(?:was put out|is out now|drill|insurance|last (?:year|month|week)"
    r"|years? ago)\b"
)


_PIECE = re.compile(r"[\u4e00-\u9fff]|[a-z0-9]+")
_LENGTHS = (2, 3, 4, 5, 8, 13, 25)
"""Length limits of short answers and short messages, in which each word has more weight."""
FEW_WORDS = frozenset({"!0", "!1", "!2"})
"""Values of `evidence` for a text of up to three pieces."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """A sign of danger: its kind, its position, and whether it is `now`, `over` or `unreal`."""

    danger: DangerPattern
    span: tuple[int, int]
    state: str


def detect(text: str, folder: Path = MODEL) -> Emergency | None:
    """Detect whether `text` reports that life or property is in danger now.

    `folder` is the folder of the model in use; if it has no alarm model, the shipped one is used.
    Only the first `DECIDES` characters are read. The kind is the most severe danger found; `call`
    has the numbers of all dangers found.
    """
    alarm = _alarm(folder)
    if alarm is None:
        return by_rules(text)
    text = text[:DECIDES]
    reading = read(text)
    signs = list(_signs(reading.text))
    seen = alarm.lexicon.features(reading.text) | evidence(reading.text, signs)
    if alarm.score(seen) < 0:
        return _in_a_letter(reading, alarm) if len(reading.text) > _LETTER else None
    found = _by_rules(reading, signs)
    if found is None:
        kind = alarm.kind(seen)
        danger = next(danger for danger in DANGERS if danger.kind == kind)
        found = Emergency(danger.kind, danger.call, (0, len(text)))
    return found


def evidence(text: str, signs: Iterable[_Sign] | None = None) -> set[str]:
    """Return features of a normalised text besides its words: its signs of danger, their time,
    and its length."""
    features = {"!none"}
    for sign in _signs(text) if signs is None else signs:
        features |= {f"!{sign.state}", f"!{sign.danger.kind} {sign.state}"}
        features.discard("!none")
    pieces = sum(1 for _ in _PIECE.finditer(text))
    return features | {f"!{bisect(_LENGTHS, pieces)}"}


def _in_a_letter(reading: NormalisedText, alarm: Alarm) -> Emergency | None:
    """Detect a danger that only some sentences of a long letter report.

    The score of a whole letter is too low, and a single sentence has less context. Therefore the
    rules must also find the danger in the sentence, as present. Despair needs no such confirmation.
    """
    for part in _PART.finditer(reading.text):
        words = part.group()
        alarms = _NOW.search(words) and alarm.score(_seen(words, alarm)) >= 0
        if alarms or _DESPAIR.chinese.search(words) or _DESPAIR.english.search(words):
            found = _by_rules(NormalisedText(words), _signs(words))
            if found and (alarms or found.kind == _DESPAIR.kind):
                start, (first, last) = part.start(), found.span
                return replace(found, span=reading.span(start + first, start + last))
    return None


def warm(folder: Path = MODEL) -> None:
    """Load the model and compile the signs now, so that the first message need not wait."""
    _alarm(folder)
    for danger in DANGERS:
        _ = danger.chinese, danger.english


def _seen(text: str, alarm: Alarm) -> set[str]:
    return alarm.lexicon.features(text) | evidence(text)


def _alarm(folder: Path) -> Alarm | None:
    """Return the alarm model of `folder`, or else the shipped one."""
    return _load(folder) or (_load(MODEL) if folder != MODEL else None)


@cache
def _load(folder: Path) -> Alarm | None:
    try:
        return load(folder)
    except FileNotFoundError as error:
        # Older versions have no alarm model.
        if folder == MODEL:
            _log.error("alarm_unusable", extra={"error": str(error)})
    except BROKEN as error:
        _log.error("alarm_unusable", extra={"error": str(error)})
    return None


def by_rules(text: str) -> Emergency | None:
    """Return the danger with a sign in `text` that is not clearly over or unreal."""
    reading = read(text[:DECIDES])
    return _by_rules(reading, _signs(reading.text))


def _by_rules(reading: NormalisedText, signs: Iterable[_Sign]) -> Emergency | None:
    found = [sign for sign in signs if sign.state == "now"]
    if not found:
        return None
    call = dict.fromkeys(number for sign in found for number in sign.danger.call)
    return Emergency(found[0].danger.kind, tuple(call), reading.span(*found[0].span))


def _signs(text: str) -> Iterator[_Sign]:
    """Yield all signs of danger in a normalised text, the most severe danger first."""
    characters = frozenset(text)
    latin = _LATIN.search(text) is not None
    for danger in DANGERS:
        if not danger.needs.isdisjoint(characters):
            yield from (_sign(text, match, danger) for match in danger.chinese.finditer(text))
        if latin:
            yield from (_sign(text, match, danger) for match in danger.english.finditer(text))


def _sign(text: str, match: re.Match[str], danger: DangerPattern) -> _Sign:
    before, after = _around(text, match)
    if _is_now(before, match.group(), after, danger):
        state = "now"
    else:
        state = "over" if _is_over(before, after) else "unreal"
    return _Sign(danger, match.span(), state)


def _is_over(before: str, after: str) -> bool:
    return bool(_FINISHED.search(after) or _DENIED.search(before))


def _around(text: str, match: re.Match[str]) -> tuple[str, str]:
    """Return the text before and after the match in its sentence."""
    start, end = match.span()
    return text[_sentence_start(text, start) : start], text[end : _sentence_end(text, end)]


def _is_now(before: str, words: str, after: str, danger: DangerPattern) -> bool:
    whole = before + words + after
    if danger.kind == "self_harm":
        # A wish or a fear is the danger itself here: "怕他跳楼" asks for help now.
        return not _OVER_EVEN_IF_IT_LASTS.search(before)
    if _is_over(before, after):
        return False
    if _NOW.search(whole):
        return True
    over = _OVER_EVEN_IF_IT_LASTS if danger.lasts else _OVER
    return not (_UNREAL.search(before) or over.search(whole))


def _sentence_start(text: str, place: int) -> int:
    floor = max(0, place - _WINDOW)
    return max(floor, *(text.rfind(mark, floor, place) + 1 for mark in _SENTENCE_ENDS))


def _sentence_end(text: str, place: int) -> int:
    ceiling = min(len(text), place + _WINDOW)
    found = [text.find(mark, place, ceiling) for mark in _SENTENCE_ENDS]
    return min((at for at in found if at >= 0), default=ceiling)
