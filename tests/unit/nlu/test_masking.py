"""What is kept to learn from holds nobody's name, number or address."""

import pytest

from nlu.extract import Extractor
from nlu.extract.places.gazetteer import read_gazetteer
from nlu.normalise import HEAD
from nlu.serve.masking import MASK, Masker
from nlu.serve.understanding import MODEL


@pytest.fixture(scope="module")
def mask():
    return Masker(Extractor(read_gazetteer(MODEL)))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("我叫王小河，楼上漏水没人管", ["王小河"]),
        ("物业经理张强不让装充电桩", ["张强"]),
        ("业主李梅打过电话也没用", ["李梅"]),
        ("找过李师傅三次，马老师补课收费", ["李师", "马老"]),
        ("老板陈志强欠我工资不给", ["陈志强"]),
        ("联系人：欧阳修文，请回电", ["欧阳", "修文"]),
        ("我姓张，小区老王家养鸡", ["张", "老王"]),
        ("王某某拖欠工资", ["王某"]),
        ("my name is John Smith, mail j.s@example.com", ["John", "Smith", "j.s"]),
        ("请打 13800001234 或 025-84567890", ["1380", "84567"]),
        ("身份证 320102199001011234 卡号 6222 0212 3456 7890 123", ["3201", "6222", "7890"]),
        ("手机幺三八零零零零一二三四", ["幺三八"]),
        ("微信号abc_12345，QQ 99887766", ["abc_12345", "9988"]),
        ("苏A12345堵在消防通道", ["A12345"]),
        ("秦淮区夫子庙街道贡院街12号2单元501室路灯不亮", ["秦淮", "贡院街", "12号", "501"]),
    ],
)  # fmt: skip
def test_personal_data_is_masked(mask, text, gone):
    masked = mask(text)
    assert MASK in masked
    for item in gone:
        assert item not in masked


@pytest.mark.parametrize(
    "text",
    [
        "公交128路晚上收车太早",
        "施工经理态度差，高中生放学被打",
        "我是三楼的住户，邻居家孩子太吵",
        "向居委会反映过，小区没有路灯",
        "我是高二学生家长，学校违规补课",
        "拖欠工资两万三千元，一共12个人",
        "The street light has been broken for three days",
    ],
)
def test_what_is_the_matter_stays_word_for_word(mask, text):
    assert mask(text) == text


def test_what_is_known_of_the_citizen_is_masked_wherever_it_stands(mask):
    assert mask("阿依古丽说灯市口的灯坏了", ["阿依古丽", "灯市口", ""]) == f"{MASK}说{MASK}的灯坏了"


def test_an_address_in_the_net_takes_no_words_with_it(mask):
    assert mask("请发到zhang@example.com谢谢") == f"请发到{MASK}谢谢"
    assert mask("见https://example.com/a?b=1，图在里面") == f"见{MASK}，图在里面"


def test_no_more_is_kept_than_is_read(mask):
    assert len(mask("灯" * 100_000)) <= HEAD
