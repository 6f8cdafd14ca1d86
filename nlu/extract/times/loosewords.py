"""Find words that mean a time only in the context of a time: 28号, 明年, 夏天, May.

The rules alone ignore them, because each is more often something else (a house, a person, a verb).
They are used where the tagger has found a time.
"""

import re

from nlu.extract.numerals import value, whole
from nlu.extract.times.timewords import MONTHS, TimeWord

_HAN = "零〇一二三四五六七八九"
_MONTH = "|".join(MONTHS)
_YEARS = {
    "前年": -2, "去年": -1, "上年": -1, "今年": 0, "明年": 1, "来年": 1, "后年": 2, "上个": -1,
    "这个": 0, "last": -1, "this": 0, "next": 1,
}  # fmt: skip
_SEASONS = {"春": "spring_season", "夏": "summer_season", "秋": "autumn_season",
            "冬": "winter_season", "spring": "spring_season", "summer": "summer_season",
            "autumn": "autumn_season", "fall": "autumn_season", "winter": "winter_season",
            "上半年": "first_half", "下半年": "second_half", "年初": "year_start",
            "年底": "year_end", "年末": "year_end"}  # fmt: skip
_DAYS = {"今": 0, "昨": -1, "明": 1, "琴": -1}
_RULES = {
    "每个季度": "FREQ=MONTHLY;INTERVAL=3", "每季度": "FREQ=MONTHLY;INTERVAL=3",
    "年年": "FREQ=YEARLY", "月月": "FREQ=MONTHLY", "早晚": "FREQ=DAILY",
    "隔天": "FREQ=DAILY;INTERVAL=2", "weekends": "FREQ=WEEKLY;BYDAY=SA,SU",
    "every working day": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
}  # fmt: skip
_WORD = re.compile(
    f"(?P<rule>{'|'.join(_RULES)})"
    "|(?P<day>[今昨明](?:儿个?|个儿?)|琴日)"
    "|(?P<now>刚刚|刚才|just now)"
    "|(?P<season_year>前年|去年|今年|明年|来年|上个|这个|last |this |next )?"
    "(?P<season>[春夏秋冬](?=[天季日]|$)|spring|summer|autumn|fall|winter|[上下]半年|年[初底末])"
    "|(?P<year>上年|明年|来年|后年)"
    f"|(?P<number_year>(?:19|20)[0-9]{{2}}|[{_HAN}]{{4}})年?"
    "|月(?P<third>初|中|底|末)"
    f"|(?<![0-9])(?P<month_day>[12][0-9]|3[01]|[1-9]|[{_HAN}十]{{1,3}})[号日](?![线楼])"
    "|(?P<ordinal>[12]?[0-9]|3[01])(?:st|nd|rd|th)"
    rf"|\b(?P<month_year>last |this |next )?(?P<month>{_MONTH})[a-z]*\b"
)


def loose_words(text: str) -> list[TimeWord]:
    """Return the time words of a text that is a time as a whole."""
    return [word for match in _WORD.finditer(text) if (word := _word(match))]


def _word(match: re.Match[str]) -> TimeWord | None:
    found = match.groupdict()
    span = match.span()
    if found["rule"]:
        return TimeWord("repeat", _RULES[found["rule"]], (), *span)
    if found["day"]:
        return TimeWord("date", "day", (_DAYS[found["day"][0]],), *span)
    if found["now"]:
        return TimeWord("span", "ago", (0, 60), *span)
    if found["season"]:
        year = _YEARS.get((found["season_year"] or "").strip())
        return TimeWord("date", f"festival:{_SEASONS[found['season']]}", (year,), *span)
    if found["third"]:
        third = {"初": 0, "中": 1}.get(found["third"], 2)
        return TimeWord("date", "relmonth", (0, None, third), *span)
    day = found["month_day"] or found["ordinal"]
    if day:
        number = whole(day)
        return TimeWord("date", "relmonth", (None, number, None), *span) if number else None
    return TimeWord("date", "ymd", _year_and_month(found), *span)


def _year_and_month(found: dict[str, str | None]) -> tuple[float | None, ...]:
    if found["month"]:
        year = _YEARS.get((found["month_year"] or "").strip())
        return year, MONTHS.index(found["month"]) + 1, None, None
    if found["year"]:
        return _YEARS[found["year"]], None, None, None
    return value(found["number_year"] or ""), None, None, None
