"""What a citizen writes is data: no text of theirs is ever read as a template."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import ActionTurn
from bot.dialogue.engine.embedded.domain.responses import interpolate_text
from bot.texts import LANGUAGES, CitizenTexts

TEXTS = CitizenTexts.load(common={item: {"city": "宁州", "hotline": "12345"} for item in LANGUAGES})
hostile = st.lists(
    st.sampled_from(
        ["{", "}", "{{", "}}", "[", "]", "0[", "0[lines]", "{lines}", "{0}", "!r", "%s", "路"]
    )
    | st.text(max_size=4),
    max_size=12,
).map("".join)


@given(hostile)
def test_a_response_shows_words_as_they_were_written(words):
    assert interpolate_text("记下了：{lines}。", {"lines": words}) == f"记下了：{words}。"


@pytest.mark.parametrize("language", LANGUAGES)
@given(words=hostile)
def test_the_texts_of_the_bot_show_words_as_they_were_written(language, words):
    asked = False
    for key in TEXTS.keys(language):
        for name in TEXTS.parameters(key, language) - {"city", "hotline"}:
            others = dict.fromkeys(TEXTS.parameters(key, language) - {"city", "hotline"}, "·")
            shown = TEXTS.words(key, language, **{**others, name: words})
            marked = TEXTS.words(key, language, **{**others, name: "\x00"})
            assert shown == marked.replace("\x00", words)
            asked = True
    assert asked


@given(hostile)
def test_nothing_that_an_action_hands_over_looks_to_rasa_like_a_tag_left_unfilled(words):
    said = CollectingDispatcher()
    tracker = Tracker("anna", {}, {}, [], False, None, {}, None)
    ActionTurn(said, tracker, {"responses": {}}).respond("utter_noted", lines=words, count=3)
    (message,) = said.messages
    assert "0[" not in message["lines"]
    assert message["lines"].replace("\u2060", "") == words.replace("\u2060", "")
    assert message["count"] == 3
