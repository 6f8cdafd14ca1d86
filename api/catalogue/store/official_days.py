"""The nation's calendar of holidays and make-up working days, as the library `holidays` has it.

The State Council announces a year's days near the end of the year before. Until the library has
them a year counts as unknown: its guesses at coming holidays lack the make-up days, and a promise
counted by half a calendar is worse than one counted by weekdays, which everybody can check.
"""

from functools import cache

from api.catalogue.rules.calendar import OfficialDays


@cache
def official_days() -> OfficialDays:
    """Read all the years that were announced."""
    from holidays import country_holidays  # noqa: PLC0415 - knows all countries, and takes its time

    years = frozenset(country_holidays("CN").special_public_holidays)
    country = country_holidays("CN", years=years)
    return OfficialDays(
        years=years,
        days_off=frozenset(country),
        working_days=frozenset(day for day in country.weekend_workdays if day.year in years),
    )
