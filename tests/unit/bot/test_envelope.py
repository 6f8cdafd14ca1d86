import pytest
from citizens import KEYRING
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import clean
from bot.message import Button, MessageBody, Reply
from bot.store.envelope import Envelopes
from kernel.privacy.crypto import DecryptionError

ENVELOPES = Envelopes(KEYRING)
WORDS = st.text().map(clean)


@given(
    st.builds(
        MessageBody,
        text=WORDS,
        payload=st.booleans(),
        title=st.none() | WORDS.filter(bool),
        language=st.sampled_from([None, "zh", "en"]),
        emergency=st.sampled_from([None, "fire"]),
        attachments=st.lists(st.text("abc", min_size=1)).map(tuple),
        metadata=st.dictionaries(WORDS, WORDS),
    )
)
def test_a_letter_comes_out_as_it_went_in(letter):
    assert ENVELOPES.open_message(ENVELOPES.seal_message(letter)) == letter


@given(
    st.builds(
        Reply,
        text=WORDS,
        buttons=st.lists(st.builds(Button, WORDS, WORDS)).map(tuple),
        image=st.none() | WORDS.filter(bool),
        custom=st.none() | st.dictionaries(WORDS, WORDS, min_size=1),
    )
)
def test_a_reply_comes_out_as_it_went_in(reply):
    assert ENVELOPES.open_said(ENVELOPES.seal_reply(reply)) == reply


def test_a_reply_does_not_open_as_a_letter_or_a_state():
    sealed = ENVELOPES.seal_reply(Reply("x"))
    with pytest.raises(DecryptionError):
        ENVELOPES.open_message(sealed)
    with pytest.raises(DecryptionError):
        ENVELOPES.open_state(sealed)


def test_a_state_that_is_not_there_is_none():
    assert ENVELOPES.seal_state(None) is None
    assert ENVELOPES.open_state(None) is None


def test_an_address_is_found_within_its_channel_only():
    index = ENVELOPES.index_address
    assert index("web", "a") == index("web", "a")
    assert index("web", "a") != index("rest", "a")
    assert index("web", "a") != index("web", "b")
