"""The frame of a message: courtesy, haste and linking words are told apart from the matter."""

import pytest

from nlu.component import SolveFirstNLU
from nlu.framing import frame
from nlu.normalise import read

FRAMES = [
    ("{}，请尽快处理", "haste"),
    ("{}，麻烦你们了，谢谢啊", "thank"),
    ("你好，{}", "greet"),
    ("各位领导好，{}，盼回复，此致敬礼", "greet"),
    ("还有一件事，{}", "link"),
    ("急急急！{}", "haste"),
    ("那个，我想说一下哈，{}", "link"),
    ("hello, {}, thank you", "greet"),
]


def core(text: str) -> tuple[str, tuple[str, ...]]:
    even = read(text).text
    found = frame(even)
    return even[found.start : found.end], found.acts


@pytest.mark.parametrize(("around", "act"), FRAMES)
def test_the_matter_is_read_without_its_frame(around, act):
    found, acts = core(around.format("巷口的消防栓漏水"))
    assert found == "巷口的消防栓漏水"
    assert act in acts


@pytest.mark.parametrize(
    "text", ["谢谢你们", "请尽快处理", "你好", "谢谢你们修好了路灯", "大家都在投诉", "对", ""]
)
def test_a_message_that_is_all_frame_or_all_matter_stays_whole(text):
    assert core(text) == (text, ())


def test_no_frame_turns_a_matter_into_something_else():
    understanding = SolveFirstNLU.load()
    plain = understanding.parse("巷口的消防栓一直漏水")
    for around, _ in FRAMES:
        framed = understanding.parse(around.format("巷口的消防栓一直漏水"))
        assert framed["intent"]["name"] == plain["intent"]["name"]
        assert framed["category"]["code"] == plain["category"]["code"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [("您好，请问是12345吗", "greet"), ("太好了，谢谢你哦", "thank"), ("hello again", "greet")],
)
def test_where_no_matter_is_left_the_words_are_read_whole(text, intent):
    assert SolveFirstNLU.load().parse(text)["intent"]["name"] == intent
