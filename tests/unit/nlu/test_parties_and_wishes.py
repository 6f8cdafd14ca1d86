"""Merchants, employers, institutions; numbers of accounts; how many people; the demand."""

import pytest

from nlu.extract import Extractor
from nlu.extract.places.gazetteer import Gazetteer
from nlu.normalise import capitals, read

EXTRACTOR = Extractor(Gazetteer(()))


def found_in(text):
    """Kind and value of what is found beside the details that the models see."""
    reading = read(text)
    found = EXTRACTOR.more(reading.text, EXTRACTOR.extract(reading.text, None))
    wired = [item.wire(text, reading) for item in found]
    assert all(text[item["start"] : item["end"]] == item["text"] for item in wired)
    return [(item["entity"], item["value"]) for item in wired]


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("我在蓝桥建筑劳务有限公司干木工，工资没结", "employer", "蓝桥建筑劳务有限公司"),
        ("被星辉电子厂辞退了", "employer", "星辉电子厂"),
        ("美丽人生健身房老板跑路了", "merchant", "美丽人生健身房"),
        ("在红叶火锅店吃坏了肚子", "merchant", "红叶火锅店"),
        ("孩子在翠湖实验小学被体罚", "institution", "翠湖实验小学"),
        ("表扬翠湖小学的老师", "institution", "翠湖小学"),
        ("感谢安康体检中心", "institution", "安康体检中心"),
        ("去年在安康体检中心做的检查", "institution", "安康体检中心"),
        (
            "my employer Sunrise Trading Company owes me wages",
            "employer",
            "Sunrise Trading Company",
        ),
        ("Food poisoning at Lucky Dragon Restaurant", "merchant", "Lucky Dragon Restaurant"),
        ("Yesterday Lucky Dragon Restaurant closed", "merchant", "Lucky Dragon Restaurant"),
        ("I complain about Lucky Dragon Restaurant", "merchant", "Lucky Dragon Restaurant"),
    ],
)
def test_who_is_named_is_told_by_what_it_is_and_what_it_is_about(text, kind, name):
    assert (kind, name) in found_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "附近一家超市卖过期奶", "这家公司骗人", "我在公司上班", "孩子上小学了", "某某店",
        "老板跑了", "我们学校", "那家养老院不好", "I was at the hospital", "玄武一家器械店卖假货",
        "后来去了另外公司上班", "还有公司欠我工资", "别的超市也卖",
    ],
)  # fmt: skip
def test_what_has_no_name_is_no_party(text):
    assert found_in(text) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("在红叶火锅店吃坏了肚子", True),
        ("悦动健身桥北店关门了", True),
        ("在武昌区第三医院看眼睛", True),
        ("我在蓝桥建筑劳务有限公司干木工，工资没结", True),
        ("I paid for a card at Golden Lion Gym", True),
        ("装修公司拿了定金不干活", False),
        ("我在眼镜店配的镜片碎了", False),
        ("毕业前学校不发证", False),
        ("儿童医院挂不上号", False),
        ("家和医院的纠纷", False),
        ("my employer Sunrise Trading Company owes me wages", True),
        ("The canteen at No. 3 Middle School smells", False),
        ("i joined the new gym last year", False),
        ("Which hospital takes my insurance", False),
        ("I PAID AT GOLDEN LION GYM", False),
        ("淘宝旗舰店不退款", False),
        ("淘宝红叶旗舰店不退款", True),
        ("全市最大商场漏水", False),
    ],
)
def test_only_a_name_of_its_own_is_told_for_sure(text, named):
    reading = read(text)
    found = EXTRACTOR.more(reading.text, [], capitals(text, reading))
    parties = [item for item in found if item.entity in ("merchant", "employer", "institution")]
    assert [party.confidence >= 0.75 for party in parties] == [named]


@pytest.mark.parametrize(
    "text", ["翠湖小学门前积水", "红叶火锅店对面的路灯坏了", "华联超市旁边有个坑"]
)
def test_what_a_place_lies_beside_is_no_party(text):
    assert found_in(text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("户号是3201 2345 6789，停电了", "320123456789"),
        ("订单号：dd20260101-778899没发货", "DD20260101778899"),
        ("Account number: 00123-4567", "001234567"),
    ],
)
def test_the_number_of_an_account_is_in_capitals_without_gaps(text, number):
    assert ("account_number", number) in found_in(text)


@pytest.mark.parametrize("text", ["账号被封了", "户号忘了", "电话13900000000"])
def test_other_words_and_numbers_are_none_of_an_account(text):
    assert not [item for item in found_in(text) if item[0] == "account_number"]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("小区停电三天，要求尽快恢复供电。", "要求尽快恢复供电"),
        ("路灯坏了。请教育局派人查一查！谢谢", "请教育局派人查一查！"),
        ("井盖坏了，请报修。我希望今天修好，谢谢", "希望今天修好，谢谢"),
        ("课停了，要求退剩下的钱，前台说老板在外地", "要求退剩下的钱"),
        ("水停了，希望尽快修好，我的电话是13900000011", "希望尽快修好"),
        ("水停了，希望尽快修好，联系电话13900000011", "希望尽快修好"),
        ("水停了，希望修好后打我电话", "希望修好后打我电话"),
        ("The lamp is broken. Please repair it soon", "Please repair it soon"),
        ("It closed. I want my money back. They refuse to pay.", "I want my money back"),
        ("No water, I want it fixed but the landlord ignores me", "I want it fixed"),
        ("The road is bad. Please repair lamp no. 3 soon", "Please repair lamp no. 3 soon"),
    ],
)
def test_the_demand_is_the_last_wish_of_a_story(text, wish):
    assert found_in(text)[-1] == ("demand", wish)


@pytest.mark.parametrize(
    "text",
    [
        "拖欠工资，要求我们自愿离职",
        "你好，我希望投诉楼下的噪音",
        "Hello, I want to complain about the noise",
        "物业打电话来，要求补交物业费",
        "孩子挨打了，希望小学的老师不管",
    ],
)
def test_what_others_demand_the_wish_to_complain_and_a_school_called_hope_are_no_demand(text):
    assert found_in(text) == []


@pytest.mark.parametrize("text", ["请问怎么办社保", "请帮我修路灯", "路灯坏了", "先请教一下"])
def test_a_question_and_a_message_that_is_all_wish_have_no_demand_apart(text):
    assert found_in(text) == []


@pytest.mark.parametrize(
    ("text", "number", "role"),
    [("我们17个人", 17, "people"), ("楼里六十户人家", 60, "households"),
     ("三十五名工人", 35, "people"),
     ("来了三次", 3, None)],
)  # fmt: skip
def test_a_number_says_what_it_counts(text, number, role):
    reading = read(text)
    [found] = [item for item in EXTRACTOR.extract(reading.text, None) if item.entity == "number"]
    wired = found.wire(text, reading)
    assert (wired["value"], wired.get("role")) == (number, role)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("我们八九个人被骗", 9),
        ("来了三五个人", 5),
        ("两三个人", 3),
        ("三四十人", 40),
        ("十七八个", 18),
    ],
)
def test_eight_or_nine_are_not_eighty_nine(text, number):
    [found] = EXTRACTOR.extract(read(text).text, None)
    assert found.value == number


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("我们一共17个人没拿到钱", True),
        ("涉及六十多人", True),
        ("来了两个人打我", False),
        ("我们有三名保安打人", False),
    ],
)
def test_how_many_we_are_is_surer_than_another_count(text, sure):
    [found] = EXTRACTOR.extract(read(text).text, None)
    assert (found.confidence >= 0.75) is sure
