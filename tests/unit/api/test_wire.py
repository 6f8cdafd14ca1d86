"""What the wire does to words, and what it refuses."""

import pytest
from case_service import order
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.contract import Contact, OpenCase, Remark
from api.contract.wire import MAX_WORDS, clean


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  路灯坏了\r\n第二行\r ", "路灯坏了\n第二行"),
        ("a\x00b\x07c\td", "abc\td"),
        ("\ud83d 半个表情", "\ufffd 半个表情"),
        ("<b>Robert'); DROP TABLE cases;--</b>", "<b>Robert'); DROP TABLE cases;--</b>"),
        ("😀😀", "😀😀"),
    ],
)
def test_words_are_cleaned_by_the_rule_and_otherwise_kept_as_they_are(sent, kept):
    assert order(happened=sent).happened == kept


@given(st.text(alphabet=st.characters(codec=None)))
def test_clean_words_can_be_stored_and_sent(text):
    cleaned = clean(text)
    assert isinstance(cleaned, str)
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("happened", ["", "  \n ", "\x00", "路" * (MAX_WORDS + 1), None, 5, ["a"]])
def test_no_words_and_endless_words_are_refused(happened):
    with pytest.raises(ValidationError):
        order(happened=happened)


def test_an_unknown_field_is_told_and_not_swallowed():
    with pytest.raises(ValidationError, match="urgent"):
        order(urgent=True)


def test_an_anonymous_contact_carries_no_phone():
    with pytest.raises(ValidationError, match="neither name nor phone"):
        Contact(mode="anonymous", phone="13800001234")


def test_an_empty_remark_is_refused():
    with pytest.raises(ValidationError, match="text, details or attachments"):
        Remark()


def test_a_model_goes_over_the_wire_unchanged():
    sent = order(time={"text": "昨晚八点", "start": "2026-03-01T20:00:00+08:00"})
    assert OpenCase.model_validate_json(sent.model_dump_json(exclude_unset=True)) == sent
