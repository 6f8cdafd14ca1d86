"""Find sums of money, bare counts, and requests for a language."""

import re
from collections.abc import Iterator

from nlu.extract.entity import FoundEntity
from nlu.extract.numerals import DIGITS, NUMBER, value

_HAN_DIGIT = "一二两三四五六七八九"
_AMOUNT = re.compile(
    rf"(?:(?:¥|￥|rmb|cny|人民币)\s?([0-9][0-9,]{{0,14}}(?:\.[0-9]{{1,2}})?)\s?(万|千|k\b)?(?:元"
    rf"|yuan)?)"
    rf"|(?<![0-9])({NUMBER})(?:多|来|几)?(万|千|百)?(?:多|余|来)?\s?(元|块钱?|圆|yuan|rmb|cny|人民币|kuai)"
    rf"([{_HAN_DIGIT}0-9](?![0-9{_HAN_DIGIT}十百]))?"
    rf"|((?:[0-9]{{1,6}}(?:\.[0-9]{{1,3}})?|[{_HAN_DIGIT}十百千]{{1,6}})万)(多|余"
    rf"|[{_HAN_DIGIT}0-9](?:千|百)?)?"
    r"(?=$|[,。!?;、,\n的了块押房工保费货定学就都被拿给没还不左]|以上|多元)"
)
_THING = re.compile("(?:多)?(?:广告|砖|石|地|牌|板|玻璃|砖头|田|木|铁|肉|布|空地|草|绿|窨|井)")
_COUNT = re.compile(
    rf"(?<![0-9.第-])({NUMBER})(?:多|余|几|来)?\s?(?:个人|个|人|户|名|位|次|家|辆|台|间|张|件|栋|本"
    r"|people|persons?|workers?|households?|families|times|cars?)(?![a-z])"
)
_OURS = re.compile("(?:我们|咱们|俺们|涉及|大家)(?:一共|总共|共|有|这)*$")
"""Words before a count of the citizen and other people in the same situation."""
_ABOUT = re.compile("一[二两]|[二两]三|三[四五]|四五|五六|六七|七八|八九")
"""Two digits that are not a two-digit number: 八九个人 means eight or nine people."""
_ROLES = (
    ("households", re.compile("户|households?|families")),
    ("people", re.compile("人|名|位|people|persons?|workers?")),
)
_ONLY = re.compile(
    rf" {{0,3}}(?:大概|大约|约|差不多|一共|总共|共|有|about|around)? ?({NUMBER}) ?"
    r"(?:多|左右)?[。.!]? {0,3}"
)
_ASKS = "(?:说|讲|用|换成?|切换(?:成|到|为)?|改(?:成|用)|转(?:成|换成)|请用|使用|支持|会)"
_LANGUAGE = re.compile(
    rf"{_ASKS}\s?(?:(英文|英语|english)|(中文|汉语|普通话|汉字|chinese))"
    r"|\b(?:in|speak|switch to|use|to|write|reply in)\s(?:(english)|(chinese|mandarin|中文))\b"
    r"|^\W{0,5}(?:please |请)?(?:(english|英文|英语)|(中文|汉语|普通话|chinese"
    r"|mandarin))(?: ?please"
    r"|版|吧|模式)?\W{0,5}$"
)


def amounts(text: str) -> Iterator[FoundEntity]:
    """Find sums of money in yuan: 12,000元, 三万五千块, ¥300, 1万2, 300 yuan."""
    for match in _AMOUNT.finditer(text):
        symbol, symbol_unit, number, unit, name, tail, large, large_tail = match.groups()
        yuan: float | None
        confidence = 0.95
        if symbol:
            yuan = value(symbol)
            unit = symbol_unit
        elif number:
            yuan = value(number)
            if name == "块" and tail is None and _THING.match(text, match.end()):
                continue
        else:
            yuan = value(large)
            confidence = 0.75
            if large_tail and large_tail not in "多余" and yuan is not None:
                yuan += _after_wan(large_tail)
        if yuan is None:
            continue
        if unit:
            yuan *= {"万": 10_000, "千": 1_000, "百": 100, "k": 1_000}[unit]
        if tail and name.startswith("块"):
            yuan += (DIGITS.get(tail) if tail in DIGITS else int(tail)) / 10  # type: ignore[operator]
        end = match.end() if not tail or name.startswith("块") else match.start(6)
        yield FoundEntity("amount", {"yuan": round(yuan, 2)}, match.start(), end, confidence)


def _after_wan(words: str) -> float:
    digit = DIGITS[words[0]] if words[0] in DIGITS else int(words[0])
    return float(digit * (100 if words.endswith("百") else 1_000))


def counts(text: str) -> Iterator[FoundEntity]:
    """Find bare counts: the message is only a number, or a number of people, households, times."""
    whole = _ONLY.fullmatch(text)
    for match in (whole,) if whole else _COUNT.finditer(text):
        # Of two numbers the greater one, as in 三四十.
        number = value(match[1][-1] if _ABOUT.fullmatch(match[1]) else match[1])
        if number is None:
            continue
        plain: float | int = int(number) if number == int(number) else number
        alone = whole is not None or match.span() == (0, len(text))
        # 一个 is an article more often than a count.
        if not alone and match.group().startswith(
            ("一个", "一次", "一家", "一位", "一名", "一张", "一件")
        ):
            continue
        span = match.span(1) if whole else match.span()
        counted = next((role for role, sign in _ROLES if sign.search(match.group())), None)
        # "We have three guards" (三名) counts others.
        ours = match.group()[-1] not in "名位" and _OURS.search(text, 0, match.start())
        sure = 0.9 if alone else 0.8 if ours else 0.7
        yield FoundEntity("number", plain, *span, sure, counted)


def languages(text: str) -> Iterator[FoundEntity]:
    """Find a request to continue in Chinese or English, as `zh` or `en`."""
    for match in _LANGUAGE.finditer(text):
        english = match[1] or match[3] or match[5]
        yield FoundEntity("language", "en" if english else "zh", *match.span(), 0.9)
