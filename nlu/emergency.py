"""Danger to life or property that is there now, told from the words alone.

A pure function of rules: no model, no state, fast enough to run on every message before anything
else. Missing a real emergency is worse than one alarm too many, so a bare "着火了" alarms; what
is plainly over, only feared, or an exercise does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlu.dangers import DANGERS, Danger, Kind, Number
from nlu.normalise import read

__all__ = ["Emergency", "Kind", "Number", "detect"]


@dataclass(frozen=True, slots=True)
class Emergency:
    """What is happening, whom to call, most urgent first, and the words that say so.

    `span` is a span of the original text, end exclusive.
    """

    kind: Kind
    call: tuple[Number, ...]
    span: tuple[int, int]


# Who writes a letter is not in the middle of it: there, only what is said to be now counts.
_LETTER = 160
_WINDOW = 60
_SENTENCE_ENDS = "。!?;\n"
_LATIN = re.compile("[a-z]{3}")

_NOW = re.compile(
    "现在|正在|此刻|这会儿?|刚刚|刚才|马上|赶快|赶紧|快来|快派|救命(?!钱)|又(?:着|起|失)|还在"
    "|仍然?在"
    "|还没灭|没有?扑灭|来人"
    r"|\b(?:now|just|still|help|hurry|immediately|at the moment)\b"
)
_SURELY_NOW = re.compile(r"正在|救命(?!钱)|快来|快派|来人|刚刚|\b(?:help|hurry|right now)\b")
_LONG_OVER = (
    "去年|前年|前几年|前些年|几年前|年前|曾经|当年|小时候|历史上|那(?:次|回|年|一次)|[0-9]{4}年"
    r"|\b(?:last (?:year|summer|winter)|years? ago|used to|back then|in (?:19|20)[0-9]{2})\b"
)
_OVER = re.compile(
    f"{_LONG_OVER}|上个?月|上上|上周|上星期|上礼拜|月前|以前|之前|当时|昨天|昨日|昨晚|昨夜|前天"
    f"|前几天|天前"
    "|前段时间|月份|月[0-9]+[日号]|多次|经常|老是|总是|常年|历年|每次|频繁|屡次"
    r"|\b(?:last (?:month|week|night)|(?:months?|weeks?|days?) ago|yesterday|once|often|always"
    r"|sometimes)\b"
)
_OVER_EVEN_IF_IT_LASTS = re.compile(_LONG_OVER)
_UNREAL = re.compile(
    "演习|演练|演戏|拍戏|电影|电视剧|小说|游戏|新闻|如果|要是|假如|假设|倘若|万一|一旦|一但"
    "|若(?:是|发生)"
    "|怕|担心|担忧|唯恐|恐怕|预防|防止|防范|避免|以防|杜绝|谨防|容易|易(?:引发|发生|造成)|会不会"
    "|可能(?:会|引发|引起|造成|导致|发生)|会(?:引发|引起|造成|导致|发生)|隐患|风险|培训|讲座"
    "|宣传|知识"
    "|保险|理赔|赔偿|差点|险些|差一点|不会|别(?:等|让)|非要|难道|等到|咨询|建议|应急预案|消防演"
    r"|\b(?:if|drill|exercise|afraid|worr(?:y|ied|ies)|fears?|risk|could|might|may|would"
    r"|prevent(?:ion)?"
    r"|hazard|in case|training|movie|film|game|insurance|almost|nearly)\b"
)
_DENIED = re.compile(r"(?:没有?|未|并未|不是|并非|无)[^,]{0,2}$|\b(?:no|not(?: a)?|isn't(?: a)?) $")
_SMOKE = re.compile("烟囱|厂|窑|烧烤|油烟|排烟|排放|排出|污染|饭店|餐馆")
_FINISHED = re.compile(
    "^[^。!?;,\n]{0,8}?(?:过(?!来|去|火|道|于|大|程)|隐患|演习|演练|风险|的?原因|事故|怎么(?:赔"
    "|理赔|预防|防|处理|办理)"
    "|的(?:时候|话|可能|危险|风险|新闻|视频|电影)|赔偿|保险|后果|后续|后来|频发|频繁|家常便饭|必然)"
    "|^[^。!?;\n]{0,16}?(?:已经?(?:被)?(?:扑灭|灭|修好|处理好|解决|找到|救出|送医)|扑灭了"
    "|将火扑灭|找到了|灭了"
    "|修好了|救出来了|家常便饭)"
    r"|^[^.!?;\n]{0,24}?\b(?:was put out|is out now|drill|hazard|alarm (?:test|is broken)|safety"
    r"|insurance"
    r"|last (?:year|month|week)|years? ago|was found|found (?:him|her|them))\b"
)


def detect(text: str) -> Emergency | None:
    """Tell whether `text` says that life or property is in danger now.

    The kind is that of the gravest danger found; `call` joins the numbers of all dangers found.
    """
    reading = read(text)
    even = reading.text
    characters = frozenset(even)
    latin = _LATIN.search(even) is not None
    first: tuple[Danger, tuple[int, int]] | None = None
    call: list[Number] = []
    for danger in DANGERS:
        if first and not set(danger.call) - set(call):
            continue
        for match in _matches(danger, even, characters, latin=latin):
            if _is_now(even, match.start(), match.end(), danger):
                first = first or (danger, match.span())
                call.extend(number for number in danger.call if number not in call)
                break
    if first is None:
        return None
    return Emergency(first[0].kind, tuple(call), reading.span(*first[1]))


def _matches(
    danger: Danger, text: str, characters: frozenset[str], *, latin: bool
) -> Iterator[re.Match[str]]:
    if not danger.needs.isdisjoint(characters):
        yield from danger.chinese.finditer(text)
    if latin and danger.english:
        yield from danger.english.finditer(text)


def _is_now(text: str, start: int, end: int, danger: Danger) -> bool:
    before = text[_sentence_start(text, start) : start]
    after = text[end : _sentence_end(text, end)]
    matched = text[start:end]
    clause = before[_clause_start(before) :]
    if danger.kind == "self_harm":
        # A wish or a fear is itself the danger here: "怕他跳楼" asks for help now.
        return not re.search(
            "演|新闻|电影|游戏|小说|预防|宣传|身亡|事件", clause + matched + after[:8]
        ) and not (
            _OVER_EVEN_IF_IT_LASTS.search(before) or (len(text) > _LETTER and _OVER.search(before))
        )
    if _FINISHED.search(after) or _DENIED.search(clause):
        return False
    if _UNREAL.search(clause + matched) and not _SURELY_NOW.search(clause + matched + after):
        return False
    if "烟" in matched and _SMOKE.search(before + after):
        return False
    if _NOW.search(before) or _NOW.search(matched + after):
        return True
    if len(text) > _LETTER and not danger.lasts:
        return False
    over = _OVER_EVEN_IF_IT_LASTS if danger.lasts else _OVER
    return not over.search(before + matched)


def _sentence_start(text: str, place: int) -> int:
    floor = max(0, place - _WINDOW)
    return max(floor, *(text.rfind(mark, floor, place) + 1 for mark in _SENTENCE_ENDS))


def _sentence_end(text: str, place: int) -> int:
    ceiling = min(len(text), place + _WINDOW)
    found = [text.find(mark, place, ceiling) for mark in _SENTENCE_ENDS]
    return min((at for at in found if at >= 0), default=ceiling)


def _clause_start(text: str) -> int:
    return max(text.rfind(mark) for mark in ",，、") + 1
