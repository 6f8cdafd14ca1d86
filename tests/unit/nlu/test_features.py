"""What the models see of a message."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.features import SIGNS, Features, masked, pieces, signs


def test_a_whole_short_message_differs_from_the_same_characters_in_a_letter():
    assert "\x02好\x02" in pieces("好")
    assert "\x02好\x02" not in pieces("那家店不好吃")


def test_latin_words_are_not_cut_across_their_borders():
    found = pieces("smell gas")
    assert " gas " in found
    assert "l g" not in found


def test_digits_count_by_their_number_alone():
    assert pieces("工单123456") == pieces("工单987654")


def test_a_time_leaves_only_its_mark_and_a_place_stays():
    even = "昨晚第三中学的路灯坏了"
    spans = [("time", 0, 2), ("place", 2, 6)]
    assert masked(even, spans) == "\x04第三中学的路灯坏了"
    assert masked("路灯坏了", []) == "路灯坏了"


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("秦淮区夫子庙", [("place", 0, 6)], {"place", "covered:all"}),
        ("在秦淮区夫子庙那边呢", [("place", 1, 7)], {"place", "covered:most"}),
        ("怎么办呢?", [], {"question"}),
    ],
)
def test_signs_tell_what_was_found_and_how_much_it_covers(text, spans, expected):
    assert {sign for sign in signs(text, spans) if not sign.startswith("length")} == expected


def test_a_vector_has_length_one_beside_its_signs():
    features = Features(["路", "灯", "路灯"], np.ones(3), sign_weight=0.5)
    places, values = features.vector("路灯路灯", [])
    text = places < features.text_size
    assert np.isclose((values[text] ** 2).sum(), 1)
    assert set(values[~text]) == {0.5}
    assert features.size == 3 + len(SIGNS)


def test_a_text_of_unknown_pieces_has_only_signs():
    places, values = Features(["灯"], np.ones(1), sign_weight=0.5).vector("abc", [])
    assert (places >= 1).all()
    assert len(places) == len(values) > 0


@given(st.text(max_size=100))
def test_no_text_breaks_a_vector(text):
    places, values = Features(["灯", "a"], np.ones(2), sign_weight=0.5).vector(text, [])
    assert len(set(places.tolist())) == len(places)
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("certainty", "sign"),
    [(0.0, "matter:0"), (0.15, "matter:0"), (0.4, "matter:2"), (0.99, "matter:4")],
)
def test_how_sure_the_category_is_is_one_more_sign(certainty, sign):
    features = Features(["路"], np.ones(1), sign_weight=0.5)
    vector = features.vector("路", [])
    places, values = features.with_certainty(vector, certainty)
    assert places[-1] == features.text_size + SIGNS.index(sign)
    assert values[-1] == 0.5
    assert np.array_equal(places[:-1], vector[0])
    assert np.array_equal(values[:-1], vector[1])
