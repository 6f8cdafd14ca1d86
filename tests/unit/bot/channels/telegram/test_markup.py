import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram import markup
from bot.message import Button
from tools.telegram_sim.markup import read

WORDS = st.text(st.characters(codec="utf-8"), max_size=400)


@given(WORDS, st.integers(4, 60), st.integers(4, 60))
def test_parts_fit_and_nothing_but_blank_space_is_lost(text, limit, first):
    parts = markup.split(text, limit, first)
    assert all(0 < markup.units(part) <= limit for part in parts[1:])
    assert all(0 < markup.units(part) <= first for part in parts[:1])
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(WORDS)
def test_escaped_words_are_read_as_they_were_written(text):
    assert read(markup.escape(text)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("短。", ["短。"]),
        ("", []),
        ("  \n ", []),
        ("一二三四五。六七八九十。甲乙", ["一二三四五。", "六七八九十。甲乙"]),
        ("一二三四五六七\n八九十甲乙丙丁", ["一二三四五六七", "八九十甲乙丙丁"]),
        ("One two. Three four", ["One two.", "Three four"]),
        ("一二三四五六七八九十甲乙", ["一二三四五六七八九十", "甲乙"]),
        ("version 1.2345 of it", ["version", "1.2345 of", "it"]),
    ],
)
def test_a_text_is_cut_where_it_may_be_cut(text, parts):
    assert markup.split(text, 10) == parts


def test_a_character_of_two_units_is_not_cut_in_two():
    assert markup.split("😀" * 6, 5) == ["😀😀"] * 3


def test_short_titles_share_a_row_and_long_ones_do_not():
    buttons = [Button(title, "/x") for title in ("好", "不好", "一个相当长的按钮标题", "再说")]
    rows = markup.keyboard(12, buttons).inline_keyboard
    assert [[button.text for button in row] for row in rows] == [
        ["好", "不好"],
        ["一个相当长的按钮标题"],
        ["再说"],
    ]
    assert [button.callback_data for row in rows for button in row] == [
        "12.0",
        "12.1",
        "12.2",
        "12.3",
    ]


@given(st.integers(1, 999_999_999), st.integers(0, 99))
def test_a_buttons_name_is_read_back_and_is_short(event, index):
    data = markup.data_of(event, index)
    assert markup.button_of(data) == (event, index)
    assert len(data.encode()) <= 64


@given(st.text(max_size=20))
def test_what_is_no_name_of_a_button_is_none(data):
    found = markup.button_of(data)
    assert found is None or markup.data_of(*found) == data


def test_a_button_that_was_tapped_is_marked_and_the_others_stay():
    first = markup.keyboard(3, [Button("好", "/affirm"), Button("不", "/deny")])
    shown = markup.chosen(first, "3.0")
    assert [(item.text, item.callback_data) for item in shown.inline_keyboard[0]] == [
        ("✓ 好", markup.CHOSEN),
        ("不", "3.1"),
    ]
