from datetime import UTC, datetime, timedelta

import pytest

from api.people.rules.actor import Role
from api.people.rules.staff import (
    LoginInvalid,
    SignInBackoff,
    Staff,
    TooManyAttempts,
    check_attempts,
    check_place,
    normal_login,
)
from api.people.service import passwords

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


def test_a_login_is_the_same_however_it_is_typed():
    assert normal_login("  Wang.Hua ") == "wang.hua"


@pytest.mark.parametrize("typed", ["", "a", ".a", "a b", "王", "a" * 41, "a\n", "a/b"])
def test_what_cannot_be_a_login_is_refused(typed):
    with pytest.raises(LoginInvalid):
        normal_login(typed if typed != "a\n" else "a\nb")


@pytest.mark.parametrize(
    ("role", "unit"),
    [
        (Role.UNIT, None),
        (Role.CLERK, "S1"),
        (Role.UNIT, "nowhere"),
        (Role.CITIZEN, None),
        (Role.SERVICE, None),
    ],
)
def test_a_unit_goes_with_those_who_stand_for_one(role, unit):
    with pytest.raises(ValueError):  # noqa: PT011 - told to the operator in words
        check_place(role, unit, {"S1"})


def test_a_leader_of_a_unit_acts_for_the_whole_hotline():
    check_place(Role.LEADER, "S1", {"S1"})
    assert Staff("1", "zhao", "Zhao", Role.LEADER, "S1").actor.unit is None
    assert Staff("1", "lu", "Lu", Role.UNIT, "S1").actor.unit == "S1"


def test_after_five_failed_attempts_each_further_one_waits_twice_as_long_up_to_the_longest():
    slowing = SignInBackoff(5, timedelta(minutes=1), timedelta(minutes=15))
    failed = [NOW + timedelta(seconds=second) for second in range(12)]
    check_attempts(failed[:4], slowing, NOW + timedelta(seconds=4))
    waits = []
    for count in range(5, 12):
        with pytest.raises(TooManyAttempts) as refused:
            check_attempts(failed[:count], slowing, failed[count - 1])
        waits.append(refused.value.params["minutes"])
        check_attempts(failed[:count], slowing, failed[count - 1] + timedelta(minutes=waits[-1]))
    assert waits == [1, 2, 4, 8, 15, 15, 15]


def test_a_password_is_kept_as_a_salted_argon2id_hash():
    one, other = passwords.hashed("correct horse"), passwords.hashed("correct horse")
    assert one.startswith("$argon2id$")
    assert one != other
    assert passwords.matches("correct horse", one)
    assert not passwords.matches("correct horse ", one)
    assert not passwords.stale(one)


def test_nobody_has_no_password():
    assert not passwords.matches("the password of nobody", None)
    assert not passwords.matches("", "no hash at all")
