"""What a message means in a state of the dialogue, without an engine."""

from dataclasses import replace
from typing import Any

import pytest
from dialogue import BOOK

from actions.course import FormQuestion
from actions.draft import Draft
from actions.meaning.meanings import NEEDS, Ground
from actions.meaning.state import DialogueState
from actions.meaning.weighing import judge
from actions.message import UnderstoodMessage
from actions.talk.responding import MOVES, REPLIES

START = DialogueState(None, None, frozenset())
WITH_CASE = DialogueState(None, None, frozenset({Ground.CASE}))


def asked(key: str) -> DialogueState:
    definition = BOOK.definition(key)
    kind = definition.type if definition else "yes_no"
    grounds = {Ground.DRAFT, Ground.QUESTION, *({Ground.YES_NO} if kind == "yes_no" else ())}
    return DialogueState(FormQuestion(key, key), kind, frozenset(grounds))


def message(said: str, category: float = 0.0, **intents: float) -> UnderstoodMessage:
    ranking: list[dict[str, Any]] = [
        {"name": name, "confidence": share} for name, share in intents.items()
    ]
    return UnderstoodMessage(
        {
            "text": said,
            "intent": ranking[0],
            "intent_ranking": ranking,
            "category": {"ranking": [{"code": "0201", "confidence": category}]},
        }
    )


def meant(message: UnderstoodMessage, state: DialogueState) -> str:
    return judge(message, state, BOOK).intent


def test_every_meaning_has_a_move_or_a_reply():
    assert set(NEEDS) <= {*MOVES, *REPLIES}
    assert not set(MOVES) & set(REPLIES)


@pytest.mark.parametrize(
    "said",
    [
        message("家里没水，地址是中山北路200号", 0.9, correct=0.7, help=0.2),
        message("突然没水了", 0.9, skip=0.6, help=0.1),
        message("没水没水啊，请尽快处理", 0.9, urge=0.9, help=0.1),
        message("一滴水都没有，谢谢啊", 0.9, thank=0.95, help=0.01),
        message("水龙头真是神龙见首不见尾", 0.99, out_of_scope=0.6, complaint=0.1),
    ],
)
def test_a_matter_that_is_plainly_told_is_no_word_about_a_case_that_is_not_there(said):
    assert meant(said, START) in ("help", "complaint")


def test_a_word_about_a_case_counts_where_there_is_one():
    assert meant(message("没水的事催一下", 0.9, urge=0.9, help=0.05), WITH_CASE) == "urge"


def test_who_asks_for_a_case_that_is_not_there_is_not_taken_to_tell_a_matter():
    said = message("查一下我的工单进度", 0.2, check_progress=0.99)
    assert meant(said, START) == "check_progress"


def test_another_matter_is_no_word_about_the_case_that_is_there():
    assert meant(message("隔壁那栋楼也停水", 0.9, add_details=0.4, help=0.3), WITH_CASE) == "help"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (message("骗子正教我老伴儿转账，快拦住他", 0.9, praise=0.6, help=0.3), "help"),
        (message("表扬送水的师傅", 0.9, praise=0.9), "praise"),
        (message("水管天天漏，没人来修", 0.9, suggestion=0.6, complaint=0.3), "complaint"),
        (message("建议把水管换成粗的", 0.9, suggestion=0.9), "suggestion"),
        (message("停水一整天了没人管", 0.9, report=0.5, complaint=0.4), "complaint"),
        (message("举报有人偷水", 0.9, report=0.9), "report"),
    ],
)
def test_praise_ideas_and_reports_need_words_of_their_own(said, kind):
    assert meant(said, START) == kind


def test_a_grievance_in_the_form_of_a_question_is_filed_and_a_question_is_answered():
    grievance = message("为什么天天停水没人管", 0.9, consult=0.8, complaint=0.1)
    question = message("停水报修需要什么材料", 0.9, consult=0.8, complaint=0.1)
    assert (meant(grievance, START), meant(question, START)) == ("complaint", "consult")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("merchant", message("拼多多", out_of_scope=0.97)),
        ("merchant", message("力美健", out_of_scope=0.9)),
        ("time", message("一周了", urge=0.8)),
        ("time", message("俩礼拜", goodbye=0.85)),
        ("place", message("老槐树底下", check_progress=0.5)),
        ("people", message("我和我妈", emergency=0.8)),
    ],
)
def test_words_beside_the_question_are_its_answer_unless_something_else_is_meant(key, said):
    assert meant(said, asked(key)) == "inform"


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        (message("给我讲个笑话", out_of_scope=0.97), "out_of_scope"),
        (message("你能做什么", how_to_use=0.97), "how_to_use"),
        (message("谢谢", thank=0.99), "thank"),
        (message("转人工", talk_to_person=0.9), "talk_to_person"),
        (message("请问多久能办好", consult=0.9), "consult"),
    ],
)
def test_what_is_meant_beside_the_question_is_no_answer(said, intent):
    assert meant(said, asked("merchant")) == intent


@pytest.mark.parametrize(
    "said",
    [
        "好的谢谢",
        "行吧",
        "就这样",
        "嗯嗯",
        "可以的",
        "没毛病",
        "ok thx",
        "不用改",
        "没错",
        "沒錯",
        "没有要改的了",
        "不好意思刚睡着了 对的",
        "尽快",
        "行 这次再没人来我就去找市长",
    ],
)
@pytest.mark.parametrize("intent", ["affirm", "thank", "out_of_scope", "suggestion", "inform"])
def test_every_yes_files_the_summary(said, intent):
    assert meant(message(said, **{intent: 0.6}), asked("confirm")) == "affirm"


@pytest.mark.parametrize(
    "said", ["先别交", "等一下", "好像不对", "除了第三条其他都对", "漏了楼号", "not yet, hold on"]
)
@pytest.mark.parametrize("intent", ["affirm", "deny", "help", "suggestion", "inform"])
def test_no_doubt_at_the_summary_is_taken_for_a_yes(said, intent):
    assert meant(message(said, **{intent: 0.6}), asked("confirm")) == "deny"


@pytest.mark.parametrize("said", ["算了算了", "不用了", "不要登记", "那我不报了", "never mind"])
@pytest.mark.parametrize("intent", ["deny", "skip", "goodbye"])
def test_who_drops_it_at_the_summary_is_asked_once_and_obeyed(said, intent):
    reply = message(said, **{intent: 0.6})
    assert (meant(reply, asked("confirm")), meant(reply, asked("leave"))) == ("withdraw",) * 2


def test_a_fact_said_again_at_the_summary_is_a_yes():
    state = replace(asked("confirm"), draft=Draft(kind="praise", happened="师傅送水上楼"))
    assert meant(message("师傅送水上楼", inform=0.9), state) == "affirm"
    assert meant(message("表扬", praise=0.9), state) == "affirm"
    assert meant(message("师傅姓王", inform=0.9), state) == "inform"


def test_how_to_be_known_is_a_change_at_the_summary():
    assert meant(message("匿名", skip=0.9), asked("confirm")) == "correct"
