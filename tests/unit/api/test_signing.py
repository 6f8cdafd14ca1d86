"""Webhook signatures, against Standard Webhooks' own example and against tampering."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.contract.signing import (
    ID,
    SIGNATURE,
    TIMESTAMP,
    SignatureWrong,
    derived_secret,
    secret_of,
    sign,
    verify,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SECRET = secret_of(b"k" * 32)
OTHER = secret_of(b"o" * 32)


def test_the_example_of_the_standard_has_the_signature_that_it_shows() -> None:
    signed = sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert signed[SIGNATURE] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200))
def test_what_was_signed_is_verified(body: bytes) -> None:
    assert verify(sign("evt_1", NOW, body, [SECRET]), body, [SECRET], NOW) == "evt_1"


@pytest.mark.parametrize(
    "change",
    [
        {ID: "evt_2"},
        {TIMESTAMP: "1"},
        {TIMESTAMP: "9" * 5000},
        {TIMESTAMP: "-5"},
        {TIMESTAMP: "²"},
        {SIGNATURE: ""},
        {SIGNATURE: "v1,"},
        {SIGNATURE: "v1,ü"},
        {SIGNATURE: "v2,AAAA"},
    ],
)
def test_a_changed_header_is_found_out(change: dict[str, str]) -> None:
    headers = sign("evt_1", NOW, b"{}", [SECRET]) | change
    with pytest.raises(SignatureWrong):
        verify(headers, b"{}", [SECRET], NOW)


@pytest.mark.parametrize("missing", [ID, TIMESTAMP, SIGNATURE])
def test_a_missing_header_is_found_out(missing: str) -> None:
    headers = sign("evt_1", NOW, b"{}", [SECRET])
    del headers[missing]
    with pytest.raises(SignatureWrong):
        verify(headers, b"{}", [SECRET], NOW)


def test_a_changed_body_and_a_foreign_secret_are_found_out() -> None:
    headers = sign("evt_1", NOW, b"{}", [SECRET])
    with pytest.raises(SignatureWrong):
        verify(headers, b"{ }", [SECRET], NOW)
    with pytest.raises(SignatureWrong):
        verify(headers, b"{}", [OTHER], NOW)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_signed_too_long_ago_or_ahead_is_refused(minutes: int) -> None:
    headers = sign("evt_1", NOW, b"{}", [SECRET])
    with pytest.raises(SignatureWrong):
        verify(headers, b"{}", [SECRET], NOW + timedelta(minutes=minutes))
    assert verify(headers, b"{}", [SECRET], NOW + timedelta(minutes=minutes / 2)) == "evt_1"


def test_during_a_rotation_either_secret_will_do() -> None:
    headers = sign("evt_1", NOW, b"{}", [SECRET, OTHER])
    assert verify(headers, b"{}", [OTHER], NOW) == "evt_1"
    assert verify(sign("evt_1", NOW, b"{}", [OTHER]), b"{}", [SECRET, OTHER], NOW) == "evt_1"


def test_a_secret_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        sign("evt_1", NOW, b"{}", ["whsec_no base64!"])


def test_our_own_processes_share_a_secret_by_their_token() -> None:
    assert derived_secret("token", "bot") == derived_secret("token", "bot")
    assert derived_secret("token", "bot") != derived_secret("token", "city")
    secret = derived_secret("token", "bot")
    assert verify(sign("evt_1", NOW, b"", [secret]), b"", [secret], NOW)
