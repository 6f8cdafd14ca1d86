"""Who is named and what is demanded in a story, and what of it is taken unasked."""

import pytest
from dialogue import BOOK, heard

from actions.course import open_question
from actions.draft import Draft
from actions.form.beginning import opened
from actions.judgement.answers import named
from actions.judgement.categories import remembered
from actions.message import UnderstoodMessage


def story(text, *filled, intent="complaint", category="0103"):
    """A message with entities: name and value, how sure, what a number counts."""
    return UnderstoodMessage(
        {
            "text": text,
            "intent": {"name": intent, "confidence": 0.9},
            "entities": [
                {
                    "entity": name,
                    "value": value,
                    "text": str(value),
                    "confidence_entity": more[0] if more else 0.8,
                    "role": more[1] if len(more) > 1 else None,
                }
                for name, value, *more in filled
            ],
            "category": {"ranking": [{"code": category, "confidence": 0.9}]},
        }
    )


def filled(key, *entities):
    found = named(key, story("……", *entities))
    return found and found.value


@pytest.mark.parametrize(
    ("key", "entity", "value"),
    [
        ("merchant", "merchant", "宏远健身房"),
        ("merchant", "employer", "宏远健身房"),
        ("merchant", "institution", "启明星培训中心"),
        ("employer", "employer", "星辉电子厂"),
        ("employer", "merchant", "星辉电子厂"),
        ("employer", "institution", "向阳幼儿园"),
        ("company", "merchant", "蓝天房产公司"),
        ("institution", "institution", "翠湖小学"),
        ("hospital", "institution", "仁爱医院"),
        ("hospital", "institution", "Union Hospital"),
        ("account_number", "account_number", "320123456789"),
        ("demand", "demand", "要求退款"),
    ],
)
def test_a_detail_is_told_by_what_can_only_be_meant(key, entity, value):
    assert filled(key, (entity, value)) == value


@pytest.mark.parametrize(
    ("key", "entity", "value"),
    [
        ("merchant", "institution", "仁爱医院"),  # where one was brought to
        ("employer", "institution", "江宁人社局"),  # where one complained before
        ("institution", "institution", "玄武区教育局"),
        ("institution", "merchant", "蓝天服装厂"),  # of the school's uniforms
        ("hospital", "institution", "翠湖小学"),
        ("hospital", "merchant", "红叶火锅店"),
        ("company", "institution", "翠湖小学"),
        ("product", "merchant", "红叶商行"),
        ("place", "merchant", "红叶商行"),
    ],
)
def test_what_it_is_not_about_tells_nothing(key, entity, value):
    assert filled(key, (entity, value)) is None


def test_of_two_that_may_be_meant_none_is_taken():
    assert filled("merchant", ("merchant", "宏远健身房"), ("merchant", "阳光瑜伽馆")) is None
    assert filled("merchant", ("merchant", "宏远健身房"), ("merchant", "阳光公司", 0.6)) is None
    assert filled("merchant", ("employer", "星辉电子厂"), ("institution", "向阳幼儿园")) is None
    assert (
        filled("account_number", ("account_number", "12345"), ("account_number", "123456")) is None
    )
    assert (
        filled("head_count", ("number", 50, 0.8, "people"), ("number", 300, 0.8, "people")) is None
    )


def test_one_of_the_same_kind_goes_before_others():
    others = (("institution", "向阳幼儿园"), ("employer", "星辉电子厂"))
    assert filled("merchant", *others, ("merchant", "宏远健身房")) == "宏远健身房"
    school = (("institution", "翠湖小学"), ("institution", "仁爱医院"), ("institution", "教育局"))
    assert filled("institution", *school) == "翠湖小学"
    assert filled("hospital", *school) == "仁爱医院"


def test_one_that_is_named_twice_is_one_and_its_fuller_name_is_kept():
    twice = (("merchant", "宏远健身房"), ("merchant", "南京宏远健身房"), ("merchant", "宏远健身房"))
    assert filled("merchant", *twice) == "南京宏远健身房"


@pytest.mark.parametrize("key", ["merchant", "demand"])
def test_what_is_doubtful_is_asked_for(key):
    assert filled(key, (key, "装修公司", 0.6)) is None


def test_only_a_number_of_people_is_a_head_count():
    assert filled("head_count", ("number", 12, 0.8, "people"), ("number", 3)) == 12
    assert filled("head_count", ("number", 3)) is None
    assert filled("head_count", ("number", 2, 0.7, "people")) is None


def test_a_button_names_nobody():
    tapped = {"text": "/inform", "entities": [{"entity": "merchant", "value": "宏远健身房"}]}
    assert named("merchant", UnderstoodMessage(tapped)) is None


STORY = story(
    "宏远健身房关门了，我们12个人要求退款",
    ("merchant", "宏远健身房"),
    ("number", 12, 0.8, "people"),
    ("demand", "要求退款"),
)


@pytest.mark.parametrize("message", [STORY, UnderstoodMessage(remembered(STORY))])
def test_the_opening_words_are_not_asked_for_again(message):
    draft = opened("complaint", message, BOOK, heard="m1")
    assert draft.details == {"merchant": "宏远健身房", "head_count": "12"}
    assert draft.demand == "要求退款"
    assert draft.happened == STORY.said


def test_what_the_category_does_not_want_is_not_kept():
    message = story(
        "小店占道，要求清走", ("merchant", "红叶烧烤店"), ("demand", "要求清走"), category="0101"
    )
    draft = opened("complaint", message, BOOK, heard="m1")
    assert (draft.details, draft.demand) == ({}, None)


def test_while_the_category_is_open_what_any_of_the_offered_wants_is_kept():
    unsure = [{"code": "0102", "confidence": 0.3}, {"code": "0103", "confidence": 0.3}]
    raw = {**remembered(STORY), "category": {"ranking": unsure}}
    draft = opened("complaint", UnderstoodMessage(raw), BOOK, heard="m1")
    assert (draft.category, draft.details["merchant"]) == (None, "宏远健身房")
    tap = UnderstoodMessage(
        {
            "text": "/choose_category",
            "entities": [{"entity": "code", "value": "0103"}],
            "intent": {"name": "choose_category"},
        }
    )
    heard(draft, tap)
    question = open_question(draft, BOOK)
    assert question is not None
    assert question.key == "contact"


def test_what_was_told_before_stays():
    draft = Draft(kind="complaint", category="0103", happened="关门了", demand="退一半")
    draft.details = {"merchant": "宏远健身房"}
    more = story(
        "还有阳光瑜伽馆也关门了，要求退款", ("merchant", "阳光瑜伽馆"), ("demand", "要求退款")
    )
    heard(draft, more)
    assert (draft.details, draft.demand) == ({"merchant": "宏远健身房"}, "退一半")
    assert draft.happened == f"关门了\n{more.said}"


def test_more_that_is_told_where_a_number_was_asked_for_is_kept_whole():
    draft = Draft(kind="complaint", category="0103", happened="关门了", owed=["merchant", "demand"])
    more = story(
        "是宏远健身房，老板还骂人，要求退款", ("merchant", "宏远健身房"), ("demand", "要求退款")
    )
    heard(draft, more)
    assert draft.details == {"merchant": "宏远健身房"}
    assert (draft.demand, draft.owed) == ("要求退款", [])
    assert draft.happened == f"关门了\n{more.said}"


def test_what_is_wanted_in_another_matter_is_not_wanted_in_this_one():
    draft = Draft(kind="complaint", category="0202", happened="在门诊排了一上午也没看上病")
    draft.place = {"text": "仁爱医院"}
    other = story("宏远健身房关门跑路了，要求退款", ("demand", "要求退款"))
    update = heard(draft, other)
    assert update is not None
    assert [item.said for item in update.later] == [other.said]
    assert (draft.demand, draft.details) == (None, {})


def test_the_answer_itself_is_taken_as_it_stands_and_the_rest_by_what_it_is():
    draft = Draft(kind="complaint", category="0103", happened="关门了")
    answer = story(
        "宏远，就是以前的阳光瑜伽馆，要求退款",
        ("merchant", "阳光瑜伽馆"),
        ("demand", "要求退款"),
        intent="inform",
    )
    heard(draft, answer)
    assert draft.details["merchant"] == answer.said
    assert draft.demand == "要求退款"
    draft = Draft(kind="complaint", category="0103", happened="关门了")
    heard(draft, story("宏远，要求退款", ("demand", "要求退款"), intent="inform"))
    assert (draft.details["merchant"], draft.demand) == ("宏远", "要求退款")
    draft = Draft(kind="complaint", category="0103", happened="关门了")
    wish = "要求退款，尽快处理"
    heard(draft, story(f"宏远，{wish}", ("demand", wish), intent="inform"))
    assert (draft.details["merchant"], draft.demand) == ("宏远", wish)


def test_a_place_that_was_asked_for_names_nobody():
    draft = Draft(kind="complaint", category="0202", happened="排队太久")
    heard(draft, story("仁爱医院东门", ("institution", "仁爱医院"), intent="inform"))
    assert draft.place == {"text": "仁爱医院东门"}
    assert draft.details == {}
