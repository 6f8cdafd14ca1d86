"""Messages in Rasa's parse format, whole and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.message import Message

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
            ("text", "intent", "intent_ranking", "entities", "category", "metadata"), json_values
        ),
    )
)
def test_whatever_comes_is_read(raw):
    message = Message(raw)
    for entity in ("place", "phone", "code"):
        assert message.word(entity) is None or isinstance(message.word(entity), str)


@given(json_values)
def test_an_entity_of_any_value_is_a_word_or_none(value):
    message = Message({"text": "/inform", "entities": [{"entity": "place", "value": value}]})
    assert message.word("place") is None or message.word("place").strip()


@pytest.mark.parametrize("text", ["/affirm", ' /inform{"a":"b"}', "/ greet"])
def test_a_tap_says_no_words(text):
    assert Message({"text": text}).said == ""


@pytest.mark.parametrize("text", ["1/2的人", "/", "/东大街12号", "好 /affirm"])
def test_other_slashes_are_words(text):
    assert Message({"text": text}).said == text


def test_our_own_message_id_goes_before_the_engines():
    raw = {"message_id": "engine", "metadata": {"message_id": "ours"}}
    assert Message(raw).id == "ours"
    assert Message({"message_id": "engine"}).id == "engine"


def test_an_unsure_intent_still_has_a_likely_one():
    ranking = [{"name": "nlu_fallback", "confidence": 0.35}, {"name": "help", "confidence": 0.3}]
    message = Message({"intent": {"name": "nlu_fallback"}, "intent_ranking": ranking})
    assert (message.intent, message.likely.name) == ("nlu_fallback", "help")
