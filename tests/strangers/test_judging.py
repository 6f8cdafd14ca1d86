"""The judge itself: a conversation that is right, and the same with one thing wrong at a time."""

from dataclasses import replace

import pytest
from talk.filed import Filed
from talk.judging import judge
from talk.material import Conversation, conversation
from talk.playing import Exchange, Played
from talk.rates import Rate
from talk.values import holds, numbers
from talk.world import Heard

EXPECTED = {
    "end": "filed",
    "kind": ["complaint", "help"],
    "category": ["0203"],
    "details": {"place": ["宁海路", "75"], "contact": ["13900005037"], "amount": [3800]},
    "not_asked": ["description"],
    "absent": ["汉口路"],
    "told": ["编号|工单"],
    "never": ["太好了"],
    "cases": 1,
}
CASE = Filed(
    number="1",
    category="0203",
    called=("路灯", "Street lights"),
    happened="路灯不亮",
    values={"place": "宁海路 75号", "contact": "139 0000 5037", "amount": "三千八"},
)


def heard(text: str, asked: str | None = None, *customs: dict, **more: object) -> Heard:
    return Heard((text,), customs, (), asked, frozenset(more.get("responses", ())))


def written(**changed: object) -> Conversation:
    expect = {key: value for key, value in {**EXPECTED, **changed}.items() if value is not None}
    return conversation({"id": "one", "says": ["宁海路75号路灯不亮"], "expect": expect})


def right() -> Played:
    receipt = {"type": "receipt", "number": "1"}
    return Played(
        exchanges=[
            Exchange("says", "宁海路75号路灯不亮", heard("多少钱？", "amount")),
            Exchange("answers", "三千八", heard("留个电话？", "contact"), "amount", known=True),
            Exchange(
                "answers", "139 0000 5037", heard("对不对？", "summary"), "contact", known=True
            ),
            Exchange("answers", "对", heard("登记好了，工单号 1", None, receipt), "summary"),
        ],
        cases=[CASE],
        moves={"1": ["submit", "accept"]},
    )


def wrong(played: Played, said: Conversation | None = None) -> list[str]:
    return sorted({mark.of for mark in judge(said or written(), played).wrong})


def with_case(**changed: object) -> Played:
    played = right()
    played.cases = [replace(CASE, **changed)]
    return played


def with_values(**changed: str) -> Played:
    return with_case(values={**CASE.values, **changed})


def with_turn(place: int, heard_: Heard, said: str = "好") -> Played:
    played = right()
    played.exchanges.insert(place, Exchange("answers", said, heard_))
    return played


def test_a_conversation_that_is_right_is_faultless() -> None:
    judgement = judge(written(), right())
    assert judgement.faultless, judgement.wrong
    assert {mark.of for mark in judgement.marks} >= {
        *("end", "kind", "category", "detail", "absent", "cases", "needless", "loop", "alarm"),
        *("told", "never", "silent"),
    }


@pytest.mark.parametrize(
    ("played", "of"),
    [
        (with_case(kind="praise"), "kind"),
        (with_case(category="0201"), "category"),
        (with_values(place="中山路 75号"), "detail"),
        (with_values(place="宁海路"), "detail"),
        (with_values(contact="13900005038"), "detail"),
        (with_values(amount="八千三"), "detail"),
        (with_case(happened="路灯不亮，原来说是汉口路"), "absent"),
        (with_turn(1, heard("发生了什么事？", "description")), "needless"),
        (with_turn(2, heard("多少钱？", "amount")), "needless"),
        (with_turn(1, Heard((), (), (), None, frozenset())), "silent"),
        (with_turn(1, heard("快打119", None, {"type": "emergency", "kind": "fire"})), "alarm"),
        (with_turn(1, heard("太好了")), "never"),
    ],
)
def test_one_thing_wrong_is_one_fault(played: Played, of: str) -> None:
    assert wrong(played) == [of]


def test_nothing_filed_is_the_wrong_end_and_leaves_no_kind_category_or_detail_right() -> None:
    played = right()
    played.cases = []
    assert wrong(played) == ["cases", "category", "detail", "end", "kind"]
    assert not any(mark.right for mark in judge(written(), played).marks if mark.of == "detail")


def test_a_case_beside_the_one_that_is_expected_is_counted() -> None:
    played = right()
    played.cases = [CASE, replace(CASE, number="2", category="0101")]
    assert wrong(played) == ["cases"]


def test_each_of_two_matters_is_judged_in_whatever_order_they_are_filed() -> None:
    second = {"end": "filed", "kind": ["help"], "category": ["0202"], "details": {}}
    said = written(also_filed=[second], cases=2)
    played = right()
    played.cases = [replace(CASE, number="0", category="0202", kind="help"), CASE]
    assert wrong(played, said) == []
    played.cases = [CASE]
    assert wrong(played, said) == ["cases", "category", "kind"]


def test_a_case_is_wrong_where_the_citizen_only_wanted_to_know() -> None:
    said = written(end="told", details=None, kind=None, category=None, cases=None, absent=None)
    assert wrong(right(), said) == ["end"]


def test_a_loop_is_a_fault_and_so_is_what_broke() -> None:
    played = right()
    played.loop = "asked for the 3rd time: place"
    assert wrong(played) == ["loop"]
    played.broken = "ApiProblem"
    assert wrong(played) == ["end"]


ALARM = {"kind": "fire", "numbers": ["119", "110|120"], "first": True}


def cry(text: str, asked: str | None = None) -> Played:
    return Played(
        exchanges=[
            Exchange("says", "着火了", heard(text, asked, {"type": "emergency", "kind": "fire"}))
        ]
    )


@pytest.mark.parametrize(
    ("played", "faults"),
    [
        (cry("请立即拨打 119、110"), []),
        (cry("请立即拨打 119、110", "safe"), []),
        (cry("请立即拨打 119、110", "place"), ["alarm"]),
        (cry("请立即拨打 119"), ["alarm"]),
        (Played(exchanges=[Exchange("says", "着火了", heard("119、110"))]), ["alarm", "end"]),
    ],
)
def test_an_alarm_comes_first_with_its_numbers_and_without_a_question(
    played: Played, faults: list[str]
) -> None:
    said = conversation(
        {"id": "fire", "says": ["着火了"], "expect": {"end": "alarm", "alarm": ALARM}}
    )
    assert wrong(played, said) == faults


@pytest.mark.parametrize(
    ("end", "moves", "state", "responses", "found"),
    [
        ("urged", ["urge"], "dispatched", (), True),
        ("urged", ["remark"], "dispatched", (), False),
        ("added", ["remark"], "dispatched", (), True),
        ("withdrawn", [], "withdrawn", (), True),
        ("withdrawn", [], "dispatched", (), False),
        ("progress", [], "dispatched", ("utter_progress",), True),
        ("progress", [], "dispatched", ("utter_no_case_yet",), False),
        ("answered", [], "dispatched", ("utter_consult_answer",), True),
        ("answered", [], "dispatched", ("utter_consult_unknown",), False),
        ("told", [], "dispatched", ("utter_privacy",), True),
        ("told", [], "dispatched", ("utter_did_you_mean",), False),
        ("person", [], "dispatched", ("utter_talk_to_person",), False),
    ],
)
def test_the_end_is_read_from_the_earlier_case_and_the_responses(
    end: str, moves: list[str], state: str, responses: tuple[str, ...], found: bool
) -> None:
    said = written(
        **dict.fromkeys(("kind", "category", "details", "absent", "told", "never")),
        end=end,
        cases=0,
    )
    old = replace(CASE, state=state)
    played = Played(
        exchanges=[Exchange("says", "催一下", heard("好", responses=responses))],
        before=[CASE],
        cases=[old],
        moves={"1": moves},
    )
    assert ("end" not in wrong(played, said)) is found


def test_a_person_is_a_queue_or_a_call_with_a_time() -> None:
    said = written(
        **dict.fromkeys(("kind", "category", "details", "absent", "told", "never", "cases")),
        end="person",
    )
    queue = heard("前面还有 0 位", None, {"type": "live", "mode": "waiting"})
    call = heard("已写明：今天 16:00 前工作人员给您回电。")
    asks = heard("想找人说，请拨 12345，有工作人员接听。")
    cases = {"before": [CASE], "cases": [CASE]}
    for answer, right_ in ((queue, True), (call, True), (asks, False)):
        played = Played(exchanges=[Exchange("says", "转人工", answer)], **cases)
        assert ("end" not in wrong(played, said)) is right_


@pytest.mark.parametrize(
    ("value", "wanted", "right_"),
    [
        ("建鄴區 萬科光明城", ["万科光明城"], True),
        ("３栋 ２单元", ["3栋", "2单元"], True),
        ("Building 3, Jiqingmen Street", ["jiqingmen street"], True),
        ("二楼", ["一楼|二楼"], True),
        ("三千八百块", [3800], True),
        ("每人一万二，共3个", [12000, 3], True),
        ("3,800元", [3800], True),
        ("38000", [3800], False),
        ("5k", [5000], True),
        (None, ["x"], False),
    ],
)
def test_values_are_compared_by_what_they_mean(
    value: str | None, wanted: list[object], right_: bool
) -> None:
    assert holds(value, wanted) is right_


def test_numbers_are_read_in_every_numeral() -> None:
    assert numbers("三千零八，一万二，两万五千，十二个，3.8千，128.5") == {
        *(3008, 12000, 25000, 12, 3800, 128.5)
    }


def test_a_name_of_a_party_is_right_under_any_of_the_family() -> None:
    case = Filed("1", values={"company": "盛世物业"})
    assert holds(case.value("merchant"), ["盛世"])
    assert case.value("place") is None


def test_a_rate_has_its_wilson_interval() -> None:
    low, high = Rate(96, 100).interval
    assert (round(low, 3), round(high, 3)) == (0.902, 0.984)
    assert Rate(0, 0).interval == (0.0, 1.0)
