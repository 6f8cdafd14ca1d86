"""What the form makes of a message, without an engine."""

import pytest
from dialogue import BOOK, heard, message, place

from actions.course import open_question
from actions.draft import Draft
from actions.judgement.draft_update import DIGRESSIONS
from actions.message import UnderstoodMessage


def blocked_way(**fields: object) -> Draft:
    return Draft(kind="complaint", category="0101", happened="桌子摆到路上", **fields)  # type: ignore[arg-type]


def asked(draft: Draft) -> str | None:
    question = open_question(draft, BOOK)
    return question.key if question else None


def at_summary() -> Draft:
    draft = blocked_way(place=place("中山路8号", road="中山路", number="8号"))
    draft.contact = {"mode": "named", "phone": "13900000000"}
    assert asked(draft) == "confirm"
    return draft


def responses(update) -> list[str]:
    return [response.response for response in update.responses]


def test_the_questions_come_in_the_order_of_the_catalogue():
    draft = Draft(kind="complaint", category="0102")
    order = []
    while (key := asked(draft)) not in ("confirm", None):
        order.append(key)
        draft.owe(key)
    assert order == ["happened", "employer", "amount", "people", "contact"]


def test_photos_are_not_asked_for():
    assert "photo" not in BOOK.wanted("complaint", "0101")
    assert "photo" in BOOK.takes("complaint", "0101")


@pytest.mark.parametrize("kind", ["consult", "suggestion", "praise"])
def test_kinds_that_need_no_visit_ask_little(kind):
    assert set(BOOK.wanted(kind, "0201")) <= {"happened", "place"}


@pytest.mark.parametrize("intent", sorted(DIGRESSIONS))
def test_a_digression_where_a_place_is_asked_is_left_to_the_rules(intent):
    assert heard(blocked_way(), message("顺便问问", intent)) is None


@pytest.mark.parametrize("intent", sorted(DIGRESSIONS - {"consult"}))
def test_a_digression_that_holds_the_answer_is_the_answer(intent):
    draft = blocked_way()
    assert heard(draft, message("您好，在中山路", intent, place=place("中山路"))) is not None
    assert draft.place == place("中山路")


def test_a_doubtful_digression_is_an_answer():
    draft = blocked_way()
    assert heard(draft, message("老地方那家店门口", "rate", 0.3)) is not None
    assert draft.place == {"text": "老地方那家店门口"}


def test_a_wish_for_another_language_is_never_an_answer():
    assert heard(blocked_way(), message("English please", "change_language", 0.3)) is None


def test_words_of_the_matter_do_not_become_a_place():
    draft = blocked_way()
    update = heard(draft, message("他们每天都这样还骂人", "complaint", category={"0101": 0.9}))
    assert draft.place is None
    assert responses(update) == ["utter_added"]
    assert draft.happened == "桌子摆到路上\n他们每天都这样还骂人"


def test_another_matter_is_kept_and_leaves_this_one_alone():
    draft = blocked_way()
    update = heard(draft, message("还有楼里停水三天了", "complaint", category={"0201": 0.9}))
    assert [item.text for item in update.later] == ["还有楼里停水三天了"]
    assert (draft.category, draft.place) == ("0101", None)


def test_a_matter_of_the_same_first_level_is_no_other_matter():
    draft = blocked_way()
    update = heard(draft, message("老板还欠伙计工钱", "complaint", category={"0102": 0.9}))
    assert update.later == []


def test_one_breath_answers_several_questions():
    draft = Draft(kind="help", category="0102", happened="不发工资")
    said = message("蓝桥建筑，欠我12000元", amount={"text": "12000元", "yuan": 12000})
    assert heard(draft, said) is not None
    assert draft.details == {"employer": "蓝桥建筑", "amount": "12000元"}
    assert asked(draft) == "people"


def test_a_choice_is_taken_by_name_and_by_tap():
    for said in (message("全楼都没水"), message('/inform{"choice":"all"}', choice="all")):
        draft = Draft(kind="help", category="0201", happened="没水", place=place("某楼"))
        assert heard(draft, said) is not None
        assert draft.details == {"scope": "all"}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (message("是的", "affirm"), "yes"),
        (message("不是", "deny"), "no"),
        (message("没有", "skip"), "no"),
        (message("上个月修过一次", "inform"), "上个月修过一次"),
    ],
)
def test_yes_and_no_and_more_than_that(said, kept):
    draft = Draft(kind="help", category="0201", happened="没水", place=place("某楼"))
    draft.details = {"scope": "all"}
    assert heard(draft, said) is not None
    assert draft.details["again"] == kept


@pytest.mark.parametrize("intent", ["skip", "refuse", "deny"])
def test_a_detail_that_is_not_given_is_owed(intent):
    draft = blocked_way()
    update = heard(draft, message("算了这个不说", intent))
    assert draft.owed == ["place"]
    assert responses(update) == ["utter_owed"]
    assert asked(draft) == "contact"


def test_a_detail_given_later_is_owed_no_longer():
    draft = blocked_way(owed=["place"])
    heard(draft, message("13900000000，在中山路", phone="13900000000", place=place("中山路")))
    assert draft.owed == []


def test_a_time_told_twice_keeps_both():
    draft = blocked_way(time={"text": "天天", "recurrence": "FREQ=DAILY", "start": None})
    heard(
        draft,
        message("中山路，昨晚八点", place=place("中山路"), time={"text": "昨晚八点", "start": "s"}),
    )
    assert draft.time == {"text": "天天 昨晚八点", "recurrence": "FREQ=DAILY", "start": "s"}


@pytest.mark.parametrize("text", ["/greet", "/inform", "😀", "。。。"])
def test_taps_and_signs_are_no_words_to_keep(text):
    draft = blocked_way()
    assert heard(draft, message(text)) is None


def test_a_payload_of_any_shape_is_no_answer():
    for value in ({"text": ["a"]}, [1], True, None, {"text": ""}, 3.5e400):
        draft = blocked_way()
        update = heard(draft, message("/inform", place=value))
        assert draft.place is None or isinstance(draft.place["text"], str), (value, update)


def test_an_answer_of_a_thousand_characters_is_asked_for_in_short():
    draft = blocked_way()
    update = heard(draft, message("路" * 501))
    assert draft.place is None
    assert responses(update) == ["utter_line_too_long"]


def test_more_than_a_case_can_hold_is_refused_not_cut():
    draft = at_summary()
    update = heard(draft, message("路" * 10_000, "add_details"))
    assert draft.happened == "桌子摆到路上"
    assert responses(update) == ["utter_too_long"]


def test_a_correction_goes_to_the_detail_of_its_shape():
    draft = at_summary()
    update = heard(draft, message("不对，是86号", "correct", place=place("86号", number="86号")))
    assert draft.place["text"] == "中山路86号"
    assert responses(update) == ["utter_changed"]
    assert asked(draft) == "confirm"


def test_a_correction_by_name_goes_there():
    draft = Draft(kind="help", category="0102", happened="不发工资")
    draft.details = {"employer": "蓝桥", "amount": "100元"}
    heard(draft, message("单位写错了，应该是绿桥建筑", "correct"))
    assert draft.details["employer"] == "绿桥建筑"


def test_a_correction_without_a_name_goes_to_what_looks_alike_or_was_told_last():
    draft = Draft(kind="help", category="0102", happened="不发工资")
    heard(draft, message("蓝桥建筑"))
    heard(draft, message("不对，是绿桥建筑", "correct", id_="msg_2"))
    assert draft.details["employer"] == "绿桥建筑"


def test_a_correction_that_says_nothing_asks_what():
    draft = at_summary()
    heard(draft, message("不对", "deny"))
    assert asked(draft) == "change"
    heard(draft, message("/correct", "correct", detail="place", id_="msg_2"))
    assert asked(draft) == "place"
    heard(draft, message("解放路3号", place=place("解放路3号", road="解放路"), id_="msg_3"))
    assert asked(draft) == "confirm"
    assert draft.place["text"] == "解放路3号"


def test_only_what_the_matter_takes_can_be_changed_by_a_button():
    draft = at_summary()
    heard(draft, message("/correct", "correct", detail="thread"))
    assert asked(draft) == "change"


def test_dropping_is_asked_once():
    draft = blocked_way()
    heard(draft, message("算了不投诉了", "withdraw"))
    assert asked(draft) == "leave"
    heard(draft, message("对", "affirm", id_="msg_2"))
    assert draft.confirm is False
    assert asked(draft) is None


def test_an_answer_after_the_wish_to_drop_goes_on():
    draft = blocked_way()
    heard(draft, message("算了不投诉了", "withdraw"))
    heard(draft, message("中山路", place=place("中山路"), id_="msg_2"))
    assert asked(draft) == "contact"


def test_a_demand_that_sounds_like_giving_up_is_a_demand():
    draft = Draft(kind="complaint", category="9900", happened="桌子摆到路上")
    heard(draft, message("让他们撤走就行", "withdraw", 0.5))
    assert draft.demand == "让他们撤走就行"


def test_reports_settle_how_the_author_is_known_first():
    draft = Draft(kind="report", category="0101", happened="摆摊", place=place("中山路"))
    heard(draft, message("13900000000", phone="13900000000"))
    assert asked(draft) == "contact"
    heard(draft, message("/inform", mode="confidential", id_="msg_2"))
    assert draft.contact == {"mode": "confidential", "phone": "13900000000"}


def test_other_kinds_are_named_by_giving_a_number_and_anonymous_by_refusing():
    draft = blocked_way(place=place("中山路"))
    heard(draft, message("我姓李，13900000000", phone="13900000000"))
    assert draft.contact == {"mode": "named", "phone": "13900000000", "name": "李"}
    draft = blocked_way(place=place("中山路"))
    heard(draft, message("不留", "refuse"))
    assert draft.contact == {"mode": "anonymous"}


def test_the_category_may_stay_open():
    draft = Draft(kind="complaint", happened="说不清的事", thread={"candidates": ["0101", "0102"]})
    heard(draft, message("/choose_category", "choose_category", code="none"))
    assert (draft.category, draft.thread["unsure"]) == ("9900", True)


def test_a_forged_category_is_nothing():
    draft = Draft(kind="complaint", happened="说不清的事")
    for code in ("0000", ["0101"], {"a": 1}, None):
        assert heard(draft, message("/choose_category", "choose_category", code=code)) is None
        assert draft.category is None


def test_a_story_where_a_name_was_asked_for_is_kept_as_a_story_once():
    draft = Draft(kind="help", category="0102", happened="不发工资")
    draft.count_ask("employer")
    heard(draft, message("我们十几个人从去年干到现在没发过", "complaint", category={"0102": 0.9}))
    assert draft.details == {}
    draft.count_ask("employer")
    heard(draft, message("我们十几个人都在那个工地上干活", "complaint", id_="msg_2"))
    assert draft.details == {"employer": "我们十几个人都在那个工地上干活"}


def test_a_doubtful_name_that_nobody_asked_for_is_no_place():
    draft = Draft(kind="help", category="0102", happened="不发工资")
    said = message("老板跑路了，欠100元", amount="100元", place=place("老板跑路", road="老板跑路"))
    object.__setattr__(said, "certain", {"place": 0.7, "amount": 1.0})
    heard(draft, said)
    assert draft.place is None


def test_a_sum_without_a_number_is_asked_for_once_more_and_then_taken():
    draft = Draft(kind="help", category="0102", happened="不发工资")
    draft.details = {"employer": "蓝桥"}
    draft.count_ask("amount")
    heard(draft, message("好大一笔"))
    assert asked(draft) == "amount"
    draft.count_ask("amount")
    heard(draft, message("好大一笔", id_="msg_2"))
    assert draft.details["amount"] == "好大一笔"


def test_another_matter_is_called_by_what_it_likeliest_is_however_unsure():
    result = "桌子摆到路上，另外工资没发"
    unsure = {"ranking": [{"code": "0102", "confidence": 0.3}, {"code": "0101", "confidence": 0.2}]}
    sure = {"ranking": [{"code": "0101", "confidence": 0.9}]}
    spans = [(0, 6, sure), (9, 13, unsure)]
    matters = [
        {"start": start, "end": end, "intent": {"name": "complaint"}, "category": category}
        for start, end, category in spans
    ]
    said = UnderstoodMessage({"text": result, "intent": {"name": "complaint"}, "matters": matters})
    update = heard(Draft(kind="complaint", category="0101"), said)
    assert [
        response.value
        for response in update.responses
        if response.response == "utter_kept_for_later"
    ] == ["0102"]


def wages(*, owed: list[str]) -> Draft:
    """A draft whose next question is that for the first detail that is not `owed`."""
    return Draft(kind="complaint", category="0102", happened="工资一直没发", owed=owed)


@pytest.mark.parametrize(
    "said", ["五千左右", "四千五", "十来万", "三K左右", "一个月三千 欠五个月", "six hundred"]
)
def test_a_sum_is_taken_as_people_say_it_and_is_no_head_count(said):
    draft = wages(owed=["employer"])
    assert heard(draft, message(said, "complaint", 0.8, number=5)) is not None
    assert draft.details == {"amount": said}


@pytest.mark.parametrize("said", ["就我俩", "全班", "几百号吧", "一家三口 加保姆", "a dozen or so"])
def test_a_head_count_is_taken_as_people_say_it(said):
    draft = wages(owed=["employer", "amount"])
    assert heard(draft, message(said, "inform")) is not None
    assert draft.details == {"people": said}


def test_figures_in_an_answer_about_something_else_are_no_sum():
    draft = wages(owed=[])
    heard(draft, message("五八同城 三楼", "inform"))
    assert draft.details == {"employer": "五八同城 三楼"}


def test_a_question_without_an_answer_is_put_twice_and_then_owed():
    draft = wages(owed=["employer"])
    draft.count_ask("amount")
    assert heard(draft, message("好的", "affirm", id_="first")) is None
    draft.count_ask("amount")
    update = heard(draft, message("好的", "affirm", id_="second"))
    assert update is not None
    assert (asked(draft), draft.owed) == ("people", ["employer", "amount"])
    assert "utter_owed" in responses(update)


def test_taps_of_long_ago_are_no_tries_at_an_answer():
    draft = wages(owed=["employer"])
    draft.count_ask("amount")
    draft.count_ask("amount")
    heard(draft, message("/affirm", "affirm"))
    assert asked(draft) == "amount"


def test_a_correction_is_no_try_at_the_answer_to_another_question():
    draft = wages(owed=[])
    draft.put("employer", "五八同城")
    draft.count_ask("amount")
    draft.count_ask("amount")
    assert heard(draft, message("不对，是六六同城", "correct")) is not None
    assert draft.details["employer"] == "六六同城"
    assert asked(draft) == "amount"
