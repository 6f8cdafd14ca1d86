"""Messages in Rasa's parse format, whole and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.message import UnderstoodMessage

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("text", "intent", "intent_ranking", "entities", "category", "metadata", "matters"),
            json_values,
        ),
    )
)
def test_whatever_comes_is_read(raw):
    message = UnderstoodMessage(raw)
    assert message.parts
    for entity in ("place", "phone", "code"):
        assert message.word(entity) is None or isinstance(message.word(entity), str)


@given(json_values)
def test_an_entity_of_any_value_is_a_word_or_none(value):
    message = UnderstoodMessage(
        {"text": "/inform", "entities": [{"entity": "place", "value": value}]}
    )
    assert message.word("place") is None or message.word("place").strip()


@pytest.mark.parametrize("text", ["/affirm", ' /inform{"a":"b"}', "/ greet"])
def test_a_tap_says_no_words(text):
    assert UnderstoodMessage({"text": text}).said == ""


@pytest.mark.parametrize("text", ["1/2的人", "/", "/东大街12号", "好 /affirm"])
def test_other_slashes_are_words(text):
    assert UnderstoodMessage({"text": text}).said == text


def test_our_own_message_id_goes_before_the_engines():
    raw = {"message_id": "engine", "metadata": {"message_id": "ours"}}
    assert UnderstoodMessage(raw).id == "ours"
    assert UnderstoodMessage({"message_id": "engine"}).id == "engine"


def test_an_unsure_intent_still_has_a_likely_one():
    ranking = [{"name": "nlu_fallback", "confidence": 0.35}, {"name": "help", "confidence": 0.3}]
    message = UnderstoodMessage({"intent": {"name": "nlu_fallback"}, "intent_ranking": ranking})
    assert (message.intent, message.likely.name) == ("nlu_fallback", "help")


def test_each_matter_is_a_message_of_its_own_with_what_stands_in_it():
    text = "老街的路灯坏了，另外新街有油烟，电话13800000001"
    whole = UnderstoodMessage(
        {
            "text": text,
            "intent": {"name": "help", "confidence": 0.9},
            "metadata": {"message_id": "m1"},
            "entities": [{"entity": "phone", "value": "13800000001", "text": "13800000001"}],
            "matters": [
                {
                    "start": 0,
                    "end": 7,
                    "intent": {"name": "help", "confidence": 0.9},
                    "entities": [{"entity": "place", "value": {"text": "老街"}, "text": "老街"}],
                },
                {
                    "start": 10,
                    "end": 15,
                    "intent": {"name": "complaint"},
                    "entities": [{"entity": "place", "value": {"text": "新街"}, "text": "新街"}],
                    "title": "新街有油烟",
                },
            ],
        }
    )
    first, second = whole.parts
    assert (first.said, first.intent, first.word("place")) == ("老街的路灯坏了", "help", "老街")
    assert (second.said, second.intent, second.word("place")) == ("新街有油烟", "complaint", "新街")
    assert first.word("phone") == second.word("phone") == "13800000001"
    assert second.title == "新街有油烟"
    assert second.id == whole.id == "m1"
    assert second.parts == (second,)


@pytest.mark.parametrize(
    "matters", [None, [], [{"start": 0, "end": 2}], [{"start": 0}, {"end": 2}, 7]]
)
def test_a_message_of_one_matter_is_its_only_part(matters):
    message = UnderstoodMessage({"text": "老街的路灯坏了", "matters": matters})
    assert message.parts == (message,)
