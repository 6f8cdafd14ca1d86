"""Codes that are read and typed, and names of files that are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.attachments.attachment import MediaType, shown_name, sniff
from api.people.rules import codes


@given(st.text(), st.sampled_from([8, 12]))
def test_a_code_survives_however_a_person_types_it(secret, letters):
    code = codes.make(secret, letters)
    assert len(code) == letters
    assert set(code) <= set(codes.ALPHABET)
    assert any(map(str.isdecimal, code)), "nothing takes it for a word"
    for sloppy in (
        code.lower(),
        codes.grouped(code),
        f"  {' '.join(code)} ",
        code.replace("1", "l"),
    ):
        assert codes.typed(sloppy) == code
    wide = "".join(chr(ord(item) + 0xFEE0) for item in code)
    assert codes.typed(wide) == code


@given(st.text(max_size=300), st.sampled_from(list(MediaType)))
def test_a_files_name_is_one_short_harmless_word_that_ends_as_it_is(given_name, media_type):
    name = shown_name(given_name, media_type)
    assert name.endswith(media_type.suffix)
    assert 5 <= len(name) <= 90
    assert not set(name) & set('/\\<>:"|?*%;\r\n\x00\u202e')
    assert not name.startswith(".")


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("C:\\照片\\现场 1.HEIC", "现场_1.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("gpj.\u202eexe", "gpj.jpg"),
        ("", "file.jpg"),
        (None, "file.jpg"),
        ("....", "file.jpg"),
    ],
)
def test_names_as_they_come(given_name, shown):
    assert shown_name(given_name, MediaType.JPEG) == shown


@given(st.binary(max_size=64))
def test_a_kind_is_told_from_any_bytes_without_fail(head):
    assert sniff(head) is None or isinstance(sniff(head), MediaType)
