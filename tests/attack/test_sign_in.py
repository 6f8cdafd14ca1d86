"""What strangers try at sign-in, or at a case's code, slows them down and keeps no holder out."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from case_service import CaseService, case_service

from api.client import ApiProblem
from api.errors import Refusal
from api.people.rules.actor import Role
from api.people.rules.staff import ATTEMPTS, CredentialsWrong, TooManyAttempts
from api.people.service.accounts import add_staff
from api.people.service.sign_in import StaffSignIn

PASSWORD = "a lantern in the lane"
OFFICE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
async def service(database_url, clock) -> AsyncIterator[CaseService]:
    async with case_service(database_url, clock) as running:
        yield running


@pytest.fixture
def door(service: CaseService) -> StaffSignIn:
    return StaffSignIn(service.database, service.clock, service.ids, service.keyring)


@pytest.fixture
async def wang(service: CaseService) -> str:
    who = {"login": "wang", "password": PASSWORD, "name": "王", "role": Role.CLERK}
    await service.database.run(add_staff, service.ids, service.clock, service.catalogue, **who)
    return "wang"


async def attack(door: StaffSignIn, logins, addresses) -> int:
    """Try a wrong password for each pair; tell how many were heard."""
    heard = 0
    for login, address in zip(logins, addresses, strict=True):
        try:
            await door.sign_in(login, "a guess", address)
        except CredentialsWrong:
            heard += 1
        except TooManyAttempts:
            pass
    return heard


async def test_invented_names_of_one_address_keep_out_nobody_who_signed_in_from_there(door, wang):
    await door.sign_in(wang, PASSWORD, OFFICE)
    names = [f"nobody{number}" for number in range(60)]
    assert await attack(door, names, [OFFICE] * 60) == ATTEMPTS["address"].free
    await door.sign_in(wang, PASSWORD, OFFICE)


async def test_wrong_passwords_from_everywhere_keep_no_holder_out_of_a_known_place(door, wang):
    device = (await door.sign_in(wang, PASSWORD, OFFICE)).device
    places = [f"203.0.113.{number}" for number in range(40)]
    assert await attack(door, [wang] * 40, places) == ATTEMPTS["login"].free
    await door.sign_in(wang, PASSWORD, OFFICE)
    await door.sign_in(wang, PASSWORD, ELSEWHERE, device)


async def test_guesses_at_her_own_desk_keep_her_out_of_no_browser_that_knows_her(door, wang):
    device = (await door.sign_in(wang, PASSWORD, OFFICE)).device
    assert await attack(door, [wang] * 20, [OFFICE] * 20) == ATTEMPTS["pair"].free
    with pytest.raises(TooManyAttempts):
        await door.sign_in(wang, PASSWORD, OFFICE)
    await door.sign_in(wang, PASSWORD, OFFICE, device)


async def test_a_browser_that_knows_one_name_is_unknown_to_another(service, door, wang):
    device = (await door.sign_in(wang, PASSWORD, OFFICE)).device
    await attack(door, ["li"] * 20, [f"203.0.113.{number}" for number in range(20)])
    with pytest.raises(TooManyAttempts):
        await door.sign_in("li", PASSWORD, ELSEWHERE, device)


async def test_a_stolen_browser_is_slowed_down_as_well(door, wang):
    device = (await door.sign_in(wang, PASSWORD, OFFICE)).device
    for _ in range(ATTEMPTS["device"].free):
        with pytest.raises(CredentialsWrong):
            await door.sign_in(wang, "a guess", ELSEWHERE, device)
    with pytest.raises(TooManyAttempts):
        await door.sign_in(wang, PASSWORD, ELSEWHERE, device)


async def test_an_unknown_browser_elsewhere_waits_seconds_under_attack_and_not_a_quarter_hour(
    service, door, wang
):
    await attack(door, [wang] * 30, [f"203.0.113.{number}" for number in range(30)])
    with pytest.raises(TooManyAttempts):
        await door.sign_in(wang, PASSWORD, "192.0.2.1")
    service.clock.advance(seconds=ATTEMPTS["login"].longest.total_seconds())
    await door.sign_in(wang, PASSWORD, "192.0.2.1")


async def test_delays_grow_with_each_attempt_that_was_heard_and_end_at_the_longest(
    service, door, wang
):
    waits = []
    for _ in range(9):
        with suppress(Refusal):
            await door.sign_in(wang, "a guess", OFFICE)
        try:
            await door.sign_in(wang, "a guess", OFFICE)
        except TooManyAttempts as refused:
            waits.append(refused.params["minutes"])
            service.clock.advance(minutes=refused.params["minutes"])
        except CredentialsWrong:
            pass
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) <= 15


async def test_the_right_access_code_opens_its_case_whatever_thirty_strangers_tried(service):
    case = await service.open()
    for number in range(30):
        with pytest.raises(ApiProblem) as wrong:
            await service.client.follow(f"cnv_x{number}", case.number, "0000-0000-0000", "web")
        assert wrong.value.code == "code_wrong"
    followed = await service.client.follow("cnv_z", case.number, case.access_code, "web")
    assert followed.number == case.number
