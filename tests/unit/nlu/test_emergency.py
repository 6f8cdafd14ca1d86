"""Danger that is there now, and what only sounds like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.danger.dangers import DANGERS
from nlu.danger.emergency import detect

ALARMS = {
    "fire": [
        "着火了", "我家楼下着火了！", "厨房起火了快来人", "楼道冒浓烟",
        "去年着火过，现在又着火了",
        "大楼着火，消防车进不来", "The kitchen is on fire", "there's a fire in my building",
    ],
    "gas": [
        "燃气泄漏闻到煤气味", "家里一股煤气味", "厨房有很浓的煤气味，怎么办",
        "昨晚开始一直闻到煤气味",
        "隔壁燃气管道被挖断了", "I smell gas in the corridor",
    ],
    "self_harm": ["我要跳楼", "不想活了", "我怕他跳楼", "有人要跳桥", "I want to kill myself"],
    "medical": [
        "有人晕倒在地铁站", "老人晕倒了没有呼吸", "小孩掉进井里了", "救命", "有人溺水了",
        "someone collapsed at the metro station",
    ],
    "trapped": [
        "有人被困电梯", "我被困在电梯里了", "电梯停了，里面有人出不来",
        "we are trapped in the elevator",
        "stuck in the lift, please help",
    ],
    "crime": [
        "正在打人", "楼下有人正在打架，还拿着刀", "有人持刀", "he is being beaten outside",
        "a man with a knife is downstairs",
    ],
    "electric": ["电线掉下来冒火花", "高压线断了掉在路上", "a power line is down and sparking"],
    "traffic": ["前面出车祸了有人受伤", "我被车撞了", "car accident, two people hurt"],
    "missing": ["孩子走失", "我孩子昨天走失了到现在没找到", "老人走丢了", "my son is missing"],
    "collapse": ["脚手架塌了"],
    "water": ["山洪把人冲走了，水没过腰，快救人"],
}  # fmt: skip

NEAR_MISSES = [
    "去年着火过一次", "去年我们小区着火，物业没有赔偿", "电梯坏过一次", "我火大得很", "消防演习",
    "下周社区有消防演习吗", "怕着火", "电动车飞线充电容易着火", "楼道堆杂物有火灾隐患",
    "一旦发生火灾后果不堪设想", "上个月电梯困人，物业一直没修好", "燃气费怎么缴", "火锅店太吵",
    "我想咨询漏电保护器", "我的身份证丢了", "跳楼价促销虚假宣传", "昨天晚上着火，已经扑灭了",
    "建议增设消防通道防止火灾", "被困扰很久了", "担心孩子走丢", "没有燃气泄漏", "煤气中毒怎么预防",
    "电梯经常困人，去年困过三次", "工厂烟囱冒黑烟污染空气", "物业擅自关闭电梯", "这是百姓的救命钱",
    "喝这种水是慢性自杀", "The fire drill was too loud", "I am afraid of fire in the corridor",
    "last year there was a fire", "gas bill is too high", "I lost my ID card", "你好", "",
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in ALARMS.items() for text in texts]
)
def test_a_danger_is_told(kind, text):
    found = detect(text)
    assert found is not None
    assert found.kind == kind
    start, end = found.span
    assert 0 <= start < end <= len(text)


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_is_over_feared_or_practised_does_not_alarm(text):
    assert detect(text) is None


def test_every_kind_of_danger_has_a_case_here():
    assert {danger.kind for danger in DANGERS} == set(ALARMS)


def test_the_numbers_of_all_dangers_are_given_gravest_first():
    found = detect("车祸有人受伤，车着火了")
    assert found is not None
    assert found.kind == "fire"
    assert found.call == ("119", "122", "120")


def test_the_span_is_one_of_the_original_text():
    text = "\u200b您好，我家厨房着火了"
    found = detect(text)
    assert found is not None
    assert text[slice(*found.span)] == "着火"


def test_a_letter_about_the_past_does_not_alarm_but_one_about_now_does():
    letter = "尊敬的领导，" + "我们小区的环境一直很差，希望有人来管一管。" * 10
    assert detect(letter + "楼里曾发生火灾。") is None
    assert detect(letter + "现在楼里正在着火。") is not None


@given(st.text(st.characters(codec=None), max_size=300))
def test_no_text_breaks_it(text):
    detect(text)


@pytest.mark.parametrize(
    "text",
    [
        "再见", "拜拜", "在吗", "女", "男", "4楼", "我家楼下", "我爱人", "12个人", "业主", "刚才",
        "goodbye", "three people", "五个人", "负二楼",
    ],
)  # fmt: skip
def test_bare_answers_and_farewells_raise_no_alarm(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("text", ["救命", "着火了", "急救", "SOS", "煤气漏了", "有人要跳楼"])
def test_few_words_are_enough_where_they_say_it(text: str) -> None:
    assert detect(text) is not None
