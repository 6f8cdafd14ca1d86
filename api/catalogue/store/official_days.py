"""Read the national holidays and make-up working days from the library `holidays`.

The State Council announces a year's days near the end of the year before. Until the library has the
announcement a year counts as unknown. The library's estimates lack the make-up days, and deadlines
by an incomplete calendar would be worse than deadlines by weekdays, which everybody can check.
"""

from functools import cache

from api.catalogue.rules.calendar import OfficialDays


@cache
def official_days() -> OfficialDays:
    """Read all announced years."""
    from holidays import country_holidays  # noqa: PLC0415 - knows all countries, and takes its time

    years = frozenset(country_holidays("CN").special_public_holidays)
    country = country_holidays("CN", years=years)
    return OfficialDays(
        years=years,
        days_off=frozenset(country),
        working_days=frozenset(day for day in country.weekend_workdays if day.year in years),
    )
