"""Find single time words in Chinese and English."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from nlu.extract.numerals import value, whole
from nlu.extract.times.timepatterns import CHINESE, ENGLISH

Kind = Literal["date", "part", "clock", "repeat", "span", "bound", "range"]


@dataclass(frozen=True, slots=True)
class TimeWord:
    """One time word. `name` is its variant, `numbers` are its numbers.

    date: `day` (offset in days), `weekday` (weeks back or None, day 0 Monday), `week`, `month`
    (offset), `ymd` (year, month, day, each may be None), `year` (offset), `festival:` with its name
    (year as in `ymd`).
    part: the part of the day. clock: hour and minute, `exact`, `spoken`, or a `bare` number.
    repeat: an RFC 5545 rule.
    span: `ago` or `for`, (count, seconds per unit). bound: after, before, around.
    """

    kind: Kind
    name: str
    numbers: tuple[float | None, ...]
    start: int
    end: int
    leads: bool = False

    @property
    def is_year(self) -> bool:
        """Whether it names only the year of a date."""
        return self.name == "ymd" and self.numbers[1:] == (None, None, None)


_DAY_OFFSET = {
    "大前天": -3, "前天": -2, "前": -2, "昨天": -1, "昨日": -1, "昨": -1, "今天": 0, "今日": 0,
    "今": 0,
    "当天": 0, "当日": 0, "当": 0, "明天": 1, "明日": 1, "明": 1, "后天": 2,
    "the day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1,
}  # fmt: skip
_LEAD = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "last": -1, "this": 0, "next": 1}
_PARTS = {
    "凌晨": "small_hours", "清晨": "early", "清早": "early", "大清早": "early", "早晨": "morning",
    "早上": "morning", "一早": "morning", "一大早": "morning", "早高峰": "rush", "上午": "forenoon",
    "中午": "noon", "正午": "noon", "下午": "afternoon", "傍晚": "dusk", "晚高峰": "evening_rush",
    "晚上": "evening", "晚间": "evening", "夜晚": "evening", "夜里": "night", "夜间": "night",
    "半夜": "night", "大半夜": "night", "深夜": "night", "午夜": "night", "白天": "daytime",
    "晚": "evening", "夜": "night", "早": "morning", "晨": "early",
    "morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "evening",
    "noon": "noon", "midnight": "night", "dawn": "early",
}  # fmt: skip
_SECONDS = {
    "分钟": 60, "小时": 3_600, "钟头": 3_600, "天": 86_400, "日": 86_400, "周": 604_800,
    "星期": 604_800, "礼拜": 604_800, "月": 2_592_000, "年": 31_536_000,
    "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_592_000,
    "year": 31_536_000,
}  # fmt: skip
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "half a": 0.5, "half an": 0.5, "半": 0.5,
}  # fmt: skip
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BYDAY = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FESTIVALS = {
    "大年三十": "eve", "年三十": "eve", "除夕": "eve", "春节": "spring", "大年初一": "new_year_day",
    "过年": "spring", "元宵": "lantern", "清明": "qingming", "端午": "dragon_boat",
    "中秋": "mid_autumn", "国庆": "national_day", "元旦": "new_year", "五一": "labour_day",
    "劳动节": "labour_day", "六一": "children", "儿童节": "children", "妇女节": "women",
    "教师节": "teachers", "重阳": "double_ninth", "圣诞": "christmas", "平安夜": "christmas_eve",
    "双十一": "singles", "双11": "singles", "情人节": "valentine", "暑假": "summer",
    "寒假": "winter", "national day": "national_day", "golden week": "national_day",
    "spring festival": "spring", "chinese new year": "spring", "lunar new year": "spring",
    "lantern festival": "lantern", "mid-autumn": "mid_autumn", "dragon boat": "dragon_boat",
    "qingming": "qingming", "tomb-sweeping": "qingming", "tomb sweeping": "qingming",
    "may day": "labour_day", "labour day": "labour_day", "labor day": "labour_day",
    "christmas": "christmas", "new year's day": "new_year",
}  # fmt: skip
_LATIN = re.compile("[a-z]{2}")


def words(text: str) -> list[TimeWord]:
    """Return the time words in a normalised text, in order, without overlaps."""
    found = [_word(match) for match in CHINESE.finditer(text)]
    if _LATIN.search(text):
        found += [_word(match) for match in ENGLISH.finditer(text)]
        found.sort(key=lambda word: (word.start, -word.end))
        end = 0
        kept = []
        for word in found:
            if word.start >= end:
                kept.append(word)
                end = word.end
        return kept
    return found


def _word(match: re.Match[str]) -> TimeWord:
    name = match.lastgroup or ""
    kind, what, numbers = _READERS[name](match) if name in _READERS else ("bound", name, ())
    if name == "range":
        kind = "range"
    latin = match.group()[0].isascii() and match.group()[0].isalpha()
    return TimeWord(kind, what, numbers, *match.span(), leads=latin)


_Read = tuple[Kind, str, tuple[float | None, ...]]


def _repeat(match: re.Match[str]) -> _Read:
    words_, groups = match.group(), match.groupdict()
    every = groups.get("every") or ""
    if words_.endswith(("周末", "双休日", "weekend", "weekends")):
        return "repeat", "FREQ=WEEKLY;BYDAY=SA,SU", (5, 6)
    if words_.endswith(("工作日", "weekday", "weekdays")):
        return "repeat", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", (0, 1, 2, 3, 4)
    if groups.get("repeat_day"):
        day = _WEEKDAYS[match["repeat_day"]]
        return "repeat", f"FREQ=WEEKLY;BYDAY={_BYDAY[day]}", (day,)
    if every[:3] in _DAYS and every != "month":
        day = _DAYS.index(every[:3])
        return "repeat", f"FREQ=WEEKLY;BYDAY={_BYDAY[day]}", (day,)
    if words_.endswith(("周", "星期", "礼拜", "week")):
        return "repeat", "FREQ=WEEKLY", ()
    if words_.endswith(("月", "month")):
        return "repeat", "FREQ=MONTHLY", ()
    if words_.endswith("年") or every == "year":
        return "repeat", "FREQ=YEARLY", ()
    part = _PARTS.get(every) or (_PARTS[words_[-1]] if words_[-1] in "晚早夜" else "")
    return "repeat", f"FREQ=DAILY{'|' + part if part else ''}", ()


def _daypart(match: re.Match[str]) -> _Read:
    if match.group() == "tonight":
        return "date", "daypart:evening", (0,)
    day = match["daypart_day"]
    offset = {"last": -1, "this": 0}.get(day) if day.isascii() else _DAY_OFFSET[day]
    part = match["daypart_part"]
    return "date", "daypart:" + _PARTS[part if part in _PARTS else part[0]], (offset,)


def _weekday(match: re.Match[str]) -> _Read:
    name = match["weekday_name"]
    day = _WEEKDAYS[name] if name in _WEEKDAYS else _DAYS.index(name[:3])
    lead = _LEAD.get(match["week_lead"] or "")
    return "date", "weekend" if name == "末" else "weekday", (lead, day)


def _festival(match: re.Match[str]) -> _Read:
    name = _FESTIVALS[match["fest_name"]]
    return "date", f"festival:{name}", (_year(match["fest_year"]),)


def _week(match: re.Match[str]) -> _Read:
    lead, unit = _LEAD[match["only_lead"]], match.groupdict().get("only_unit") or "week"
    if unit == "weekend":
        return "date", "weekend", (lead, 5)
    if unit == "month":
        return "date", "relmonth", (lead, None, None)
    if unit == "year":
        return "date", "ymd", (lead, None, None, None)
    return "date", "week", (lead,)


def _iso(match: re.Match[str]) -> _Read:
    return (
        "date",
        "ymd",
        (int(match["iso_year"]), int(match["iso_month"]), int(match["iso_day"]), None),
    )


def _year(words_: str | None) -> int | None:
    """Return an absolute year, an offset from this year (always much smaller), or `None`."""
    if not words_:
        return None
    return (
        int(words_[:4]) if words_[0] == "2" else {"前": -2, "去": -1, "今": 0, "明": 1}[words_[0]]
    )


def _month(match: re.Match[str]) -> _Read:
    name = match["month_name"]
    month = MONTHS.index(name[:3]) + 1 if name[:3] in MONTHS else whole(name)
    groups = match.groupdict()
    day = whole(match["monthday"]) if match["monthday"] else None
    return "date", "ymd", (_year(match["year"]), month, day, _third(groups.get("monthpart")))


def _day_month(match: re.Match[str]) -> _Read:
    month = MONTHS.index(match["dm_month"][:3]) + 1
    return "date", "ymd", (_year(match["dm_year"]), month, int(match["dm_day"]), None)


def _third(words_: str | None) -> int | None:
    return {"初": 0, "上旬": 0, "中旬": 1, "下旬": 2, "底": 2, "末": 2}[words_] if words_ else None


def _rel_month(match: re.Match[str]) -> _Read:
    day = whole(match["rel_day"]) if match["rel_day"] else None
    return "date", "relmonth", (_LEAD[match["month_lead"]], day, _third(match["rel_part"]))


def _span(match: re.Match[str]) -> _Read:
    lead = {"ago": "ago", "lasting": "for", "recent": "recent"}[match.lastgroup or ""]
    words_, unit = match[f"{lead}_count"], match[f"{lead}_unit"]
    count = _COUNTS.get(words_)
    return "span", lead, (count if count is not None else value(words_), _SECONDS[unit])


def _part(match: re.Match[str]) -> _Read:
    return "part", _PARTS[match.groupdict().get("part_name") or match.group()], ()


def _clock(match: re.Match[str]) -> _Read:
    groups = match.groupdict()
    hour = whole(match["hour"])
    minute = {"半": 30, "一刻": 15, "三刻": 45}.get(groups.get("minute_word") or "", 0)
    if match["minute"]:
        minute = whole(match["minute"]) or 0
    half = (groups.get("half") or "")[:1]
    if half == "p" and hour is not None and hour < 12:
        hour += 12
    if half == "a" and hour == 12:
        hour = 0
    return "clock", "exact" if half in ("a", "p") and half else "spoken", (hour, minute)


_READERS: dict[str, Callable[[re.Match[str]], _Read]] = {
    "repeat": _repeat,
    "day": lambda match: ("date", "day", (_DAY_OFFSET[match.group()],)),
    "daypart": _daypart,
    "weekday": _weekday,
    "week": _week,
    "festival": _festival,
    "iso": _iso,
    "month": _month,
    "daymonth": _day_month,
    "relmonth": _rel_month,
    "wholeyear": lambda match: ("date", "ymd", (_year(match.group()), None, None, None)),
    "onlyday": lambda match: ("date", "relmonth", (None, int(match["onlyday_name"]), None)),
    "ago": _span,
    "lasting": _span,
    "recent": _span,
    "part": _part,
    "clock": _clock,
    "digital": lambda match: ("clock", "exact", (int(match["dig_hour"]), int(match["dig_minute"]))),
    "bare": lambda match: ("clock", "bare", (int(match["bare_hour"]), 0)),
}
