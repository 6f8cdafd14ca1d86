"""How answers and single messages are judged: right ones, and wrong ones beside them."""

import pytest
from talk.answers import agrees, common
from talk.answers import rates as of_answers
from talk.material import conversations
from talk.messages import rates, read


@pytest.mark.parametrize(
    ("asked", "meant", "value", "right"),
    [
        ("place", "江宁区托乐嘉3栋", "江宁区 托乐嘉 3栋", True),
        ("place", "江宁区托乐嘉3栋", "3栋", False),
        ("place", "三汊河大桥南头", "北头", False),
        ("sum", "4500", "四千五", True),
        ("sum", "4500", "45", False),
        ("count", "8", "八个人", True),
        ("count", "3", "2", False),
        ("count", "全班", "全班", True),
        ("phone", "13900001122", "139 0000 1122", True),
        ("phone", "13900001122", "13900001123", False),
        ("time", "1时多", "半夜一点多", True),
    ],
)
def test_a_value_agrees_with_what_was_meant(
    asked: str, meant: str, value: str, right: bool
) -> None:
    assert agrees(asked, meant, value) is right


def test_what_two_texts_have_in_common_keeps_their_order() -> None:
    assert common("长江路与太平北路", "红绿灯口长江路太平北路") == 7
    assert common("ab", "ba") == 1
    assert common("", "a") == 0


def test_answers_are_counted_by_type_and_an_answer_that_was_never_asked_for_lowers_no_rate() -> (
    None
):
    taken, lost, never = (
        ({"asked": "sum"}, {"asked": True, "taken": True, "value": False}),
        ({"asked": "sum"}, {"asked": True, "taken": False, "value": False}),
        ({"asked": "place"}, {"asked": False}),
    )
    found = of_answers([taken, lost, never])
    assert {name: (rate.right, rate.all) for name, rate in found.items()} == {
        "question came": (2, 3),
        "taken": (1, 2),
        "value": (0, 2),
        "sum: taken": (1, 2),
        "sum: value": (0, 2),
    }


def test_of_the_held_out_part_nothing_is_counted_by_kind_of_danger() -> None:
    done = [({"kind": "fire"}, {"alarm": True}), ({"kind": "gas"}, {"alarm": False})]
    done = [(message, {**outcome, "numbers": True}) for message, outcome in done]
    assert set(rates("dangers", "held-out", done)) == {"alarm", "numbers"}
    assert rates("dangers", "tuning", done)["gas: alarm"].right == 0


@pytest.mark.parametrize(
    ("what", "part", "least"),
    [
        ("answers", "tuning", 200),
        ("answers", "held-out", 200),
        ("dangers", "tuning", 300),
        ("dangers", "held-out", 400),
        ("near_misses", "tuning", 250),
        ("near_misses", "held-out", 300),
        ("ordinary", "tuning", 1_500),
        ("ordinary", "held-out", 3_000),
        ("frames", "held-out", 800),
    ],
)
def test_the_lists_are_read_whole(what: str, part: str, least: int) -> None:
    found = read(what, part)
    assert len(found) >= least
    assert len({item["id"] for item in found}) == len(found)


def test_only_names_single_conversations_and_ranges() -> None:
    assert [conversation.id for conversation in conversations("tuning", "003,010-011")] == [
        *("tune-003", "tune-010", "tune-011")
    ]
