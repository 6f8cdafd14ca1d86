"""A few conversations of the tuning part, played through the product as `python -m talk` does."""

from pathlib import Path

import pytest
from conformance.engines import Hands, Ours
from talk.answers import answered
from talk.judging import judge
from talk.material import PARTS, ROOT, conversations
from talk.messages import outcomes_of
from talk.running import Studio

from api.catalogue.store.loading import load_catalogue, shipped_catalogue
from bot.dialogue.engine.embedded.registry import executor_of
from nlu.component import SolveFirstNLU

FILED, TWO_VISITS, DANGER = 2, 11, 20


@pytest.fixture(scope="module")
def studio(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    hands = Hands()
    understanding = SolveFirstNLU.load()
    engine = Ours(hands, lambda text: understanding.parse(text, hands.now()))
    engine.open(ROOT, executor_of("actions"))
    folder = tmp_path_factory.mktemp("talk")
    return Studio(engine, hands, load_catalogue(shipped_catalogue()), migrated_file, folder)


async def test_a_plain_matter_is_played_to_its_receipt_and_judged(studio: Studio) -> None:
    conversation = conversations("tuning", str(FILED))[0]
    played = await studio.hold(conversation)
    assert [(case.category, case.values["contact"]) for case in played.opened] == [
        ("0202", "13700005074")
    ]
    judgement = judge(conversation, played)
    assert judgement.faultless, judgement.wrong
    assert {"end", "kind", "category", "detail"} <= {mark.of for mark in judgement.marks}


async def test_an_earlier_case_is_there_when_the_citizen_comes_back(studio: Studio) -> None:
    played = await studio.hold(conversations("tuning", str(TWO_VISITS))[0])
    assert played.broken is None
    assert len(played.before) == 1
    assert not played.opened
    assert {exchange.phase for exchange in played.exchanges} >= {"earlier", "says"}


async def test_an_alarm_of_the_intake_is_heard_by_the_player(studio: Studio) -> None:
    conversation = conversations("tuning", str(DANGER))[0]
    played = await studio.hold(conversation)
    raised = [mark for mark in judge(conversation, played).marks if mark.key == "raised"]
    heard = [
        c
        for exchange in played.exchanges
        for c in exchange.heard.customs
        if c["type"] == "emergency"
    ]
    assert [mark.right for mark in raised] == [bool(heard)]


@pytest.mark.parametrize(("part", "least"), [("tuning", 450), ("held-out", 200)])
def test_every_file_of_a_part_can_be_played(part: str, least: int) -> None:
    found = conversations(part)
    assert set(PARTS) == {"tuning", "held-out"}
    assert len(found) >= least
    assert len({item.id for item in found}) == len(found)
    assert all(item.says and item.ends for item in found)


async def test_single_messages_are_judged_by_the_alarm_and_by_the_form_that_they_open(
    studio: Studio,
) -> None:
    framed = {"what": "frames", "text": "路边的井盖缺了一块", "kind": ["complaint", "help"]}
    batch = [
        {**framed, "category": ["0202"]},
        {**framed, "kind": "praise", "category": ["0201"]},
        {"what": "dangers", "text": "厨房烟机着火了", "numbers": ["119"]},
        {"what": "dangers", "text": "厨房烟机着火了", "numbers": ["110"]},
        {"what": "ordinary", "text": "厨房烟机着火了"},
        {"what": "ordinary", "text": "路边的井盖缺了一块"},
    ]
    outcomes = [outcome for _, outcome in await outcomes_of(studio, batch)]
    right, wrong, fire, other, false, calm = outcomes
    assert right == dict.fromkeys(("request", "kind", "category", "both"), True)
    assert wrong == {"request": True, "kind": False, "category": False, "both": False}
    assert (fire["alarm"], fire["numbers"], other["numbers"]) == (True, True, False)
    assert (false["alarm"], calm["alarm"]) == (True, False)


@pytest.mark.parametrize(
    ("asked", "answer", "meant", "value"),
    [
        ("phone", "13900001122", "13900001122", True),
        ("phone", "13900001122", "13900001123", False),
        ("yes_no", "确认", "yes", True),
        ("yes_no", "确认", "wait", False),
        ("satisfaction", "非常满意", "非常满意", True),
        ("satisfaction", "非常满意", "非常不满意", False),
    ],
)
async def test_an_answer_is_judged_where_its_question_is_asked(
    studio: Studio, asked: str, answer: str, meant: str, value: bool
) -> None:
    said = {"asked": asked, "answer": answer, "meant": meant}
    _, outcome = await answered(studio, said)
    assert (outcome["asked"], outcome["value"]) == (True, value)
