from datetime import timedelta

import pytest
from case_service import CaseService
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.app import LISTENERS
from api.errors import Forbidden
from api.people.rules.actor import Role
from api.people.rules.staff import (
    SESSION,
    CredentialsWrong,
    IdentityHidden,
    LoginTaken,
    PasswordTooShort,
    SessionEnded,
    StaffUnknown,
    TooManyAttempts,
)
from api.people.service import passwords
from api.people.service.accounts import add_staff, list_staff, set_active
from api.people.service.audit import AUDIT_PAGE, audited
from api.people.service.sign_in import StaffSignIn, session_digest
from api.people.store.accounts import StaffAccounts
from api.people.store.audit import Audit
from api.services.desk import ServiceDesk
from api.services.showing import CONTACT_SHOWN, show_contact

PASSWORD = "a lantern in the lane"


@pytest.fixture
def door(service: CaseService) -> StaffSignIn:
    return StaffSignIn(service.database, service.clock, service.ids, service.keyring)


def desk_of(service: CaseService) -> ServiceDesk:
    return ServiceDesk(
        catalogue=service.catalogue,
        keyring=service.keyring,
        clock=service.clock,
        ids=service.ids,
        listeners=LISTENERS,
    )


async def person(service: CaseService, login="wang", role=Role.CLERK, unit=None, **more):
    return await service.database.run(
        add_staff,
        service.ids,
        service.clock,
        service.catalogue,
        **{"login": login, "password": PASSWORD, "name": "王", "role": role, "unit": unit} | more,
    )


async def test_whoever_has_an_account_signs_in_and_is_known_until_the_shift_ends(service, door):
    wang = await person(service)
    signed_in = await door.sign_in(" WANG ", PASSWORD, "10.0.0.1")
    session = session_digest(signed_in.secret)
    assert await door.who(session) == wang
    assert wang.actor.role is Role.CLERK
    service.clock.advance(seconds=SESSION.total_seconds() - 1)
    assert await door.who(session) == wang
    service.clock.advance(seconds=1)
    with pytest.raises(SessionEnded):
        await door.who(session)


async def test_a_wrong_password_an_unknown_name_and_a_closed_account_are_told_alike(service, door):
    await person(service)
    await person(service, "li")
    await service.database.run(set_active, service.clock, "li", active=False)
    for login, password in (
        ("wang", "something else"),
        ("nobody", PASSWORD),
        ("li", PASSWORD),
        ("not a login!", PASSWORD),
        ("wang", PASSWORD * 100),
    ):
        with pytest.raises(CredentialsWrong):
            await door.sign_in(login, password, "10.0.0.1")


async def test_signing_out_ends_that_session_and_no_other(service, door):
    await person(service)
    here, there = [
        session_digest((await door.sign_in("wang", PASSWORD, "10.0.0.1")).secret) for _ in range(2)
    ]
    await door.sign_out(here)
    await door.sign_out(here)
    with pytest.raises(SessionEnded):
        await door.who(here)
    assert (await door.who(there)).login == "wang"


async def test_closing_an_account_ends_its_sessions_at_once(service, door):
    await person(service)
    session = session_digest((await door.sign_in("wang", PASSWORD, "10.0.0.1")).secret)
    await service.database.run(set_active, service.clock, "wang", active=False)
    with pytest.raises(SessionEnded):
        await door.who(session)
    await service.database.run(set_active, service.clock, "wang", active=True)
    with pytest.raises(SessionEnded):
        await door.who(session)
    with pytest.raises(StaffUnknown):
        await service.database.run(set_active, service.clock, "nobody", active=False)


async def test_after_five_wrong_passwords_even_the_right_one_is_not_heard_for_a_while(
    service, door
):
    await person(service)
    for _ in range(5):
        with pytest.raises(CredentialsWrong):
            await door.sign_in("wang", "something else", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        await door.sign_in("wang", PASSWORD, "10.0.0.1")
    # From elsewhere she is let in: a stranger cannot lock her out so easily.
    await door.sign_in("wang", PASSWORD, "10.0.0.2")
    service.clock.advance(minutes=15)
    await door.sign_in("wang", PASSWORD, "10.0.0.1")


async def test_attempts_count_over_a_restart_and_in_every_process(service, door):
    await person(service)
    for _ in range(5):
        other = StaffSignIn(service.database, service.clock, service.ids, service.keyring)
        with pytest.raises(CredentialsWrong):
            await other.sign_in("wang", "something else", "10.0.0.1")
    with pytest.raises(TooManyAttempts) as refused:
        await door.sign_in("wang", PASSWORD, "10.0.0.1")
    assert refused.value.params == {"minutes": 1}


async def test_a_good_attempt_takes_back_its_own_note_and_no_other(service, door):
    await person(service)
    for _ in range(4):
        with pytest.raises(CredentialsWrong):
            await door.sign_in("wang", "something else", "10.0.0.1")
    for _ in range(3):
        await door.sign_in("wang", PASSWORD, "10.0.0.1")
    with pytest.raises(CredentialsWrong):
        await door.sign_in("wang", "something else", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        await door.sign_in("wang", PASSWORD, "10.0.0.1")


async def test_neither_names_nor_addresses_of_attempts_are_kept_and_old_ones_are_dropped(
    service, door
):
    def kept(tx):
        return [bytes(key) for (key,) in tx.execute(text("SELECT key FROM sign_in_attempt"))]

    with pytest.raises(CredentialsWrong):
        await door.sign_in("wang", "something else", "10.0.0.1")
    keys = await service.database.read(kept)
    assert len(keys) == 3
    assert not any(b"wang" in key or b"10.0" in key for key in keys)
    service.clock.advance(minutes=15)
    with pytest.raises(CredentialsWrong):
        await door.sign_in("li", "something else", "10.0.0.2")
    assert len(await service.database.read(kept)) == 3


async def test_only_hashes_are_kept(service, door):
    await person(service)
    secret = (await door.sign_in("wang", PASSWORD, "10.0.0.1")).secret

    def all_rows(tx):
        return [
            str(tuple(row))
            for table in ("staff", "staff_session")
            for row in tx.execute(text(f"SELECT * FROM {table}"))
        ]

    kept = "\n".join(await service.database.read(all_rows))
    assert "argon2id" in kept
    assert PASSWORD not in kept
    assert secret not in kept


async def test_a_hash_of_another_cost_is_made_anew_at_the_next_sign_in(service, door, monkeypatch):
    await person(service)
    monkeypatch.setattr(passwords, "stale", lambda _hash: True)
    before = await service.database.read(lambda tx: StaffAccounts(tx).credentials("wang"))
    await door.sign_in("wang", PASSWORD, "10.0.0.1")
    after = await service.database.read(lambda tx: StaffAccounts(tx).credentials("wang"))
    assert before.password_hash != after.password_hash
    await door.sign_in("wang", PASSWORD, "10.0.0.1")


async def test_a_login_is_given_once_and_a_short_password_not_at_all(service):
    await person(service)
    with pytest.raises(LoginTaken):
        await person(service, "Wang")
    with pytest.raises(PasswordTooShort):
        await person(service, "li", password="short")
    assert [item.login for item in await service.database.read(list_staff)] == ["wang"]


async def test_sessions_that_are_long_over_are_dropped(service, door):
    await person(service)
    await door.sign_in("wang", PASSWORD, "10.0.0.1")
    assert await service.expire() == 0
    service.clock.advance(seconds=(SESSION + timedelta(days=2)).total_seconds())
    assert await service.expire() == 1


async def test_each_sight_of_a_contact_is_written_down(service):
    case = await service.open()
    wang = await person(service)
    desk = desk_of(service)
    shown = await service.database.run(show_contact, desk, wang.actor, case.number)
    assert (shown.name, shown.phone) == ("王小河", "13800001234")
    noted = await service.database.read(lambda tx: Audit(tx, service.ids).of_case(case.number))
    assert [(item.actor_id, item.action, item.number) for item in noted] == [
        (wang.id, CONTACT_SHOWN, case.number)
    ]


async def test_a_contact_read_over_the_api_is_written_down_too(service):
    case = await service.open()
    clerk = await service.as_role(Role.CLERK)
    assert (await clerk.case(case.number)).contact.phone == "13800001234"
    unit = await service.as_role(Role.UNIT, case.unit.code)
    assert (await unit.case(case.number)).contact.phone == "13800001234"
    assert (await service.client.case(case.number, contact_point="cnv_1")).contact.phone is None
    noted = await service.database.read(lambda tx: Audit(tx, service.ids).of_case(case.number))
    assert [(item.actor_role, item.action) for item in noted] == [
        (Role.CLERK, CONTACT_SHOWN),
        (Role.UNIT, CONTACT_SHOWN),
    ]


async def test_the_answer_to_a_move_names_nobody(service):
    case = await service.open()
    unit = await service.as_role(Role.UNIT, case.unit.code)
    assert (await unit.sign_in(case.number)).contact.phone is None
    noted = await service.database.read(lambda tx: Audit(tx, service.ids).of_case(case.number))
    assert noted == []


async def test_a_report_read_by_its_unit_shows_nobody_and_notes_nothing(service):
    report = await service.open(kind="report")
    unit = await service.as_role(Role.UNIT, report.unit.code)
    assert (await unit.case(report.number)).contact.phone is None
    noted = await service.database.read(lambda tx: Audit(tx, service.ids).of_case(report.number))
    assert noted == []


async def test_who_may_not_know_is_told_nothing_and_nothing_is_noted(service):
    report = await service.open(kind="report")
    unit = report.unit.code
    lane = await person(service, "lane", Role.UNIT, unit)
    with pytest.raises(IdentityHidden):
        await service.database.run(show_contact, desk_of(service), lane.actor, report.number)
    noted = await service.database.read(lambda tx: Audit(tx, service.ids).of_case(report.number))
    assert noted == []


async def test_administrators_page_through_the_audit_newest_first_and_nobody_else(service):
    case, wang, desk = await service.open(), await person(service), desk_of(service)
    boss = await person(service, "boss", Role.ADMIN)
    for _ in range(AUDIT_PAGE + 2):
        await service.database.run(show_contact, desk, wang.actor, case.number)
        service.clock.advance(seconds=1)

    async def page(actor, number=None, before=None):
        return await service.database.read(audited, desk, actor, number=number, before=before)

    first = await page(boss.actor)
    rest = await page(boss.actor, before=first[-1].id)
    times = [item.at for item in (*first, *rest)]
    assert (len(first), len(rest)) == (AUDIT_PAGE, 2)
    assert times == sorted(times, reverse=True)
    assert await page(boss.actor, number="20260302-999999-9") == []
    with pytest.raises(Forbidden):
        await page(wang.actor)


@pytest.mark.parametrize("edit", ["UPDATE audit SET actor_id = 'x'", "DELETE FROM audit"])
async def test_the_audit_cannot_be_edited(service, edit):
    case = await service.open()
    wang = await person(service)
    await service.database.run(show_contact, desk_of(service), wang.actor, case.number)
    with pytest.raises(DBAPIError, match="appended, never edited"):
        await service.database.run(lambda tx: tx.execute(text(edit)))
