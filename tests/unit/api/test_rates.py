"""Rates and figures: formulas over counts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.catalogue.rules.rates import VALUES, Fact, Formula, RateName
from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from api.figures.rules import Period, PeriodInvalid, Tally, change, figures, together

RATES = load_catalogue(shipped_catalogue()).city.rates
DAY = timedelta(hours=7)


def counted(fact: Fact, **values: int):
    return {(fact, value): n for value, n in values.items()}


def test_half_of_a_partly_solved_case_counts():
    rate = RATES[RateName.SOLVED].rate(counted(Fact.SOLVED, yes=5, partly=3, no=2))
    assert (rate.numerator, rate.denominator) == (Decimal("6.5"), 10)
    assert rate.value == Decimal("0.6500")


def test_the_top_three_are_satisfied():
    values = counted(
        Fact.SATISFACTION,
        very_satisfied=1,
        satisfied=2,
        fairly_satisfied=3,
        dissatisfied=4,
        very_dissatisfied=5,
    )
    rate = RATES[RateName.SATISFIED].rate(values)
    assert (rate.numerator, rate.denominator) == (6, 15)


def test_a_city_that_counts_otherwise_has_other_rates():
    strict = Formula(Fact.FIRST_SOLVED, {"yes": Decimal(1)}, frozenset({"yes", "no"}))
    rate = strict.rate(counted(Fact.FIRST_SOLVED, yes=5, partly=3, no=5))
    assert (rate.numerator, rate.denominator) == (5, 10)


def test_of_nothing_there_is_no_rate():
    for formula in RATES.values():
        assert formula.rate({}).value is None


@pytest.mark.parametrize(
    ("now", "before", "share"),
    [(160, 178, "-0.1011"), (8, 13, "-0.3846"), (5, 0, None), (0, 4, "-1.0000"), (3, 2, "0.5000")],
)
def test_a_change_is_a_share_of_what_was_before(now, before, share):
    assert change(now, before) == (share and Decimal(share))


def test_the_average_is_in_working_days_and_the_fastest_also_by_the_wall():
    tally = Tally(cases=4, answered=2, handled_minutes=1260, fastest_handled=0, fastest_elapsed=210)
    made = figures(tally, Tally(), RATES, DAY)
    assert made.average_days == Decimal("1.50")
    assert made.fastest_days == 0
    assert made.fastest_minutes == 210
    assert made.cases == 4


def test_of_cases_without_an_answer_no_time_is_known():
    made = figures(Tally(cases=3), Tally(), RATES, DAY)
    assert (made.average_days, made.fastest_days, made.fastest_minutes) == (None, None, None)


COUNTS = st.builds(
    Tally,
    cases=st.integers(0, 99),
    values=st.dictionaries(
        st.sampled_from([(fact, value) for fact, values in VALUES.items() for value in values]),
        st.integers(0, 99),
    ),
    answered=st.integers(0, 99),
    handled_minutes=st.integers(0, 9999),
    fastest_handled=st.none() | st.integers(0, 999),
    fastest_elapsed=st.none() | st.integers(0, 999),
)


@given(st.lists(COUNTS))
def test_the_total_is_what_its_parts_come_to_and_no_rate_leaves_its_bounds(tallies):
    total = together(tallies)
    assert total.cases == sum(tally.cases for tally in tallies)
    known = [tally.fastest_elapsed for tally in tallies if tally.fastest_elapsed is not None]
    assert total.fastest_elapsed == (min(known) if known else None)
    for formula in RATES.values():
        rate, parts = formula.rate(total.values), [formula.rate(tally.values) for tally in tallies]
        assert rate.numerator == sum(part.numerator for part in parts)
        assert rate.denominator == sum(part.denominator for part in parts)
        assert rate.value is None or 0 <= rate.value <= 1


@pytest.mark.parametrize(
    ("since", "until", "before"),
    [
        ("2026-05-01", "2026-05-31", ("2025-05-01", "2025-05-31")),
        ("2025-02-01", "2025-02-28", ("2024-02-01", "2024-02-29")),
        ("2024-02-29", "2024-02-29", ("2023-02-28", "2023-02-28")),
        ("2025-02-28", "2026-02-28", ("2024-02-28", "2025-02-28")),
    ],
)
def test_the_year_before_has_the_same_days_and_whole_months_stay_whole(since, until, before):
    period = Period(date.fromisoformat(since), date.fromisoformat(until)).checked().year_before
    assert (period.since.isoformat(), period.until.isoformat()) == before


@pytest.mark.parametrize(
    ("since", "until"),
    [("2026-05-02", "2026-05-01"), ("2025-05-01", "2026-05-02"), ("0001-01-01", "0001-01-02")],
)
def test_a_period_that_is_none_or_too_long_is_refused(since, until):
    with pytest.raises(PeriodInvalid):
        Period(date.fromisoformat(since), date.fromisoformat(until)).checked()
