"""Convert festivals and holidays to dates, so that 国庆那几天 is a time like any other.

Those of the lunar calendar come from a table of published dates; outside its years there are none.
"""

from datetime import date, timedelta

_FIXED = {
    # month, day, days
    "new_year": (1, 1, 1),
    "valentine": (2, 14, 1),
    "women": (3, 8, 1),
    "labour_day": (5, 1, 5),
    "children": (6, 1, 1),
    "teachers": (9, 10, 1),
    "national_day": (10, 1, 7),
    "singles": (11, 11, 1),
    "christmas_eve": (12, 24, 1),
    "christmas": (12, 25, 1),
    # Seasons and parts of the year are treated like festivals: of the named year, or the last.
    "spring_season": (3, 1, 92),
    "summer_season": (6, 1, 92),
    "autumn_season": (9, 1, 91),
    "winter_season": (12, 1, 90),
    "first_half": (1, 1, 181),
    "second_half": (7, 1, 184),
    "year_start": (1, 1, 31),
    "year_end": (12, 1, 31),
}
_LUNAR = {
    # year: New Year's Day, Dragon Boat, Mid-Autumn
    2020: ((1, 25), (6, 25), (10, 1)),
    2021: ((2, 12), (6, 14), (9, 21)),
    2022: ((2, 1), (6, 3), (9, 10)),
    2023: ((1, 22), (6, 22), (9, 29)),
    2024: ((2, 10), (6, 10), (9, 17)),
    2025: ((1, 29), (5, 31), (10, 6)),
    2026: ((2, 17), (6, 19), (9, 25)),
    2027: ((2, 6), (6, 9), (9, 15)),
    2028: ((1, 26), (5, 28), (10, 3)),
    2029: ((2, 13), (6, 16), (9, 22)),
    2030: ((2, 3), (6, 5), (9, 12)),
}
_FROM_NEW_YEAR = {
    # days after the lunar New Year's Day, days
    "eve": (-1, 1),
    "new_year_day": (0, 1),
    "spring": (-1, 8),
    "lantern": (14, 1),
}


def festival(name: str, year: int) -> tuple[date, date] | None:
    """Return the first day of `name` in `year` and the day after its last, `None` if unknown."""
    if name in _FIXED:
        month, day, days = _FIXED[name]
        return _days(date(year, month, day), days)
    if name == "qingming":
        # The solar term by its usual formula, correct from 2001 to 2099.
        short = year % 100
        return _days(date(year, 4, int(short * 0.2422 + 4.81) - short // 4), 1)
    if year not in _LUNAR:
        return None
    new_year, dragon_boat, mid_autumn = _LUNAR[year]
    if name in _FROM_NEW_YEAR:
        offset, days = _FROM_NEW_YEAR[name]
        return _days(date(year, *new_year) + timedelta(days=offset), days)
    if name == "dragon_boat":
        return _days(date(year, *dragon_boat), 1)
    return _days(date(year, *mid_autumn), 1) if name == "mid_autumn" else None


def _days(first: date, days: int) -> tuple[date, date]:
    return first, first + timedelta(days=days)
