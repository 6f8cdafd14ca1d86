import pytest

from kernel.privacy.redaction import MASK, redact, redact_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("call 13812345678 now", f"call {MASK} now"),
        ("请打13812345678，谢谢", f"请打{MASK}，谢谢"),
        ("+86 138-1234-5678", MASK),
        ("008613812345678", MASK),
        ("138 1234 5678", MASK),
        ("025-84412345 or 0571-87654321", f"{MASK} or {MASK}"),
        ("id 320102199003074578.", f"id {MASK}."),
        ("身份证32010219900307457X号", f"身份证{MASK}号"),
        ("Authorization: Bearer abc.def-ghi_123", f"Authorization: Bearer {MASK}"),
        ("authorization: basic dXNlcjpwYXNz", f"authorization: basic {MASK}"),
        (
            "POST https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/getMe",
            f"POST https://api.telegram.org/bot{MASK}/getMe",
        ),
        ("postgresql://user:p@ss@db/x", f"postgresql://user:{MASK}@db/x"),
        ("redis://:hunter2@cache:6379/0", f"redis://:{MASK}@cache:6379/0"),
        ("GET /file?access_token=abc123&page=2", f"GET /file?access_token={MASK}&page=2"),
        ("secret_key='very secret'", f"secret_key={MASK}"),
        ('{"token": "a b"}', f'{{"token": {MASK}}}'),
        ("{'password': 'x'}", f"{{'password': {MASK}}}"),
        ("password: hunter2, next", f"password: {MASK}, next"),
    ],
)
def test_personal_data_and_secrets_are_masked_in_any_text(text: str, clean: str) -> None:
    assert redact_text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "case 20260302-0001 of 2026-03-02T09:00:00.123456Z took 12345678901 ns",
        "cnv_01KJQ5Z2V8000000000000ABCD",
        "1772413200000",
        "10.0.0.1:8311 https://example.org/v1/cases?cursor=abc",
        "12345 23812345678 1381234567",
        "the token has expired",
        "http://127.0.0.1:8311/a@b",
        "token_refreshed",
        "",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text


def test_a_field_with_a_secret_name_is_masked_whatever_it_holds() -> None:
    fields = {
        "phone": 12345,
        "access_token": "abc",
        "Set-Cookie": ["a"],
        "api_key": {"a": 1},
        "telegram_secret": b"xyz",
    }
    assert redact(fields) == dict.fromkeys(fields, MASK)


def test_whether_a_secret_is_set_is_kept() -> None:
    assert redact({"token": None, "has_password": False}) == {"token": None, "has_password": False}


def test_it_looks_into_what_is_nested() -> None:
    value = {"a": [{"password": "x", "note": "13812345678"}, ("025-84412345", 7)], "n": 1.5}
    assert redact(value) == {"a": [{"password": MASK, "note": MASK}, [MASK, 7]], "n": 1.5}


def test_it_judges_other_objects_by_their_text() -> None:
    class Citizen:
        def __init__(self, phone: str) -> None:
            self.phone = phone

        def __str__(self) -> str:
            return f"citizen with {self.phone}"

    clean = Citizen("no telephone")
    assert redact(clean) is clean
    assert redact(Citizen("13812345678")) == f"citizen with {MASK}"
    assert redact(13812345678) == MASK
    assert redact(b"13812345678") == "<11 bytes>"


def test_what_is_too_deep_is_not_shown() -> None:
    value: object = "13812345678"
    for _ in range(50):
        value = [value]
    assert "138" not in str(redact(value))
