import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy.crypto import DecryptionError, Keyring, KeyringError


def entry(id_: str, byte: int) -> str:
    return f"{id_}:{base64.b64encode(bytes([byte]) * 32).decode()}"


KEYRING = Keyring.from_setting(entry("k1", 1))


@given(st.binary(max_size=300), st.text(max_size=30).filter(lambda t: "\ud800" not in t))
def test_what_was_sealed_opens_in_its_context(plain: bytes, context: str) -> None:
    assert KEYRING.decrypt(KEYRING.encrypt(plain, context=context), context=context) == plain


def test_equal_values_seal_differently_and_do_not_show() -> None:
    sealed = {KEYRING.encrypt(b"13800000000", context="citizen.phone") for _ in range(50)}
    assert len(sealed) == 50
    assert not any(b"138" in each for each in sealed)


def test_it_does_not_open_in_another_context() -> None:
    sealed = KEYRING.encrypt(b"x", context="citizen.phone")
    with pytest.raises(DecryptionError):
        KEYRING.decrypt(sealed, context="citizen.name")


def test_no_bit_can_be_changed() -> None:
    sealed = KEYRING.encrypt(b"secret", context="c")
    for position in range(len(sealed)):
        for bit in (1, 128):
            changed = bytearray(sealed)
            changed[position] ^= bit
            with pytest.raises(DecryptionError):
                KEYRING.decrypt(bytes(changed), context="c")


def test_no_part_can_be_cut_off_or_added() -> None:
    sealed = KEYRING.encrypt(b"secret", context="c")
    for cut in [*(sealed[:n] for n in range(len(sealed))), sealed[1:], sealed + b"\0"]:
        with pytest.raises(DecryptionError):
            KEYRING.decrypt(cut, context="c")


@given(st.binary(max_size=80))
def test_what_was_never_sealed_does_not_open(blob: bytes) -> None:
    with pytest.raises(DecryptionError):
        KEYRING.decrypt(blob, context="c")


def test_after_a_rotation_old_values_open_and_new_ones_need_the_new_key() -> None:
    old = Keyring.from_setting(entry("k1", 1))
    new = Keyring.from_setting(f"{entry('k2', 2)},{entry('k1', 1)}")
    sealed = old.encrypt(b"x", context="c")
    assert new.decrypt(sealed, context="c") == b"x"
    assert new.current == "k2"
    again = new.encrypt(b"x", context="c")
    with pytest.raises(DecryptionError, match="k2"):
        old.decrypt(again, context="c")


def test_a_key_under_anothers_name_opens_nothing() -> None:
    sealed = KEYRING.encrypt(b"x", context="c")
    renamed = Keyring.from_setting(entry("k9", 1))
    with pytest.raises(DecryptionError):
        renamed.decrypt(sealed.replace(b"k1", b"k9", 1), context="c")


def test_blind_indexes_are_equal_for_equal_values_of_one_context_only() -> None:
    index = KEYRING.blind_index("13800000000", context="citizen.phone")
    assert len(index) == 32
    assert index == KEYRING.blind_index("13800000000", context="citizen.phone")
    assert index != KEYRING.blind_index("13800000001", context="citizen.phone")
    assert index != KEYRING.blind_index("13800000000", context="unit.phone")
    assert KEYRING.blind_index("bc", context="a") != KEYRING.blind_index("c", context="ab")


def test_a_blind_index_is_the_hmac_of_its_context_and_value() -> None:
    keyring = Keyring.from_setting(f"{entry('k1', 1)},{entry('index', 7)}")
    message = b"\0\0\0\1" + b"c" + b"x"
    assert keyring.blind_index("x", context="c") == hmac.digest(bytes([7]) * 32, message, "sha256")


def test_blind_indexes_outlive_rotations() -> None:
    first = Keyring.from_setting(entry("k1", 1))
    second = Keyring.from_setting(f"{entry('k2', 2)},{entry('k1', 1)}")
    third = Keyring.from_setting(f"{entry('k3', 3)},{entry('k2', 2)},{second.index_entry()}")
    fourth = Keyring.from_setting(f"{first.index_entry()},{entry('k4', 4)}")
    indexes = {k.blind_index("x", context="c") for k in (first, second, third, fourth)}
    assert len(indexes) == 1
    assert fourth.current == "k4"


def test_the_index_key_neither_seals_nor_opens() -> None:
    with pytest.raises(KeyringError, match="at least one"):
        Keyring.from_setting(KEYRING.index_entry())


def test_a_bare_secret_makes_the_same_keyring_each_time() -> None:
    secret = "correct horse battery staple"
    one, two = Keyring.from_setting(secret), Keyring.from_setting(f" {secret} ")
    assert two.decrypt(one.encrypt(b"x", context="c"), context="c") == b"x"
    assert one.current == two.current
    assert one.current != Keyring.from_setting(secret + "!").current
    assert one.blind_index("x", context="c") == two.blind_index("x", context="c")


def test_a_new_key_can_be_put_before_a_bare_secret() -> None:
    secret = "correct horse battery staple"
    old, new = Keyring.from_setting(secret), Keyring.from_setting(f"{entry('k2', 2)},{secret}")
    assert new.decrypt(old.encrypt(b"x", context="c"), context="c") == b"x"
    assert new.blind_index("x", context="c") == old.blind_index("x", context="c")


def test_keys_may_be_written_in_the_url_safe_alphabet() -> None:
    key = base64.urlsafe_b64encode(b"\xfb\xff" * 16).decode()
    assert Keyring.from_setting(f"k:{key}").current == "k"


@pytest.mark.parametrize(
    "setting",
    [
        "",
        " ",
        "short",
        "k1:",
        "k1:not base64!!",
        "k1:" + base64.b64encode(b"x" * 16).decode(),
        "k 1:" + base64.b64encode(b"x" * 32).decode(),
        ":" + base64.b64encode(b"x" * 32).decode(),
        f"{entry('k1', 1)},",
        f"{entry('k1', 1)},{entry('k1', 2)}",
        "a-bare-secret-that-is-long:enough",
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_without_quoting_it(setting: str) -> None:
    with pytest.raises(KeyringError) as caught:
        Keyring.from_setting(setting)
    for part in setting.replace(":", ",").split(","):
        assert len(part) < 5 or part not in str(caught.value)


def test_keys_of_another_length_are_refused() -> None:
    with pytest.raises(KeyringError):
        Keyring({"k": b"short"}, b"x" * 32)
    with pytest.raises(KeyringError):
        Keyring({"k": b"x" * 32}, b"short")
    with pytest.raises(KeyringError):
        Keyring({}, b"x" * 32)
    with pytest.raises(KeyringError):
        Keyring({"bad id": b"x" * 32}, b"x" * 32)
