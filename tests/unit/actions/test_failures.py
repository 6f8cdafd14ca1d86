"""No action fails towards the engine: it would go on as if all were well."""

import pytest
from dialogue import SilentClient, registered, run_action

from actions.context import Services, ServicesMissingError, configure, services
from actions.draft import Draft
from kernel.clock import ManualClock

UNDER_WAY = Draft(
    kind="complaint",
    category="0101",
    happened="桌子摆到路上",
    contact={"mode": "anonymous"},
    thread={"heard": "msg_0"},
)


def slots(draft: Draft, **more):
    values = {event["name"]: event["value"] for event in draft.events({})}
    return {"requested_slot": "place", **values, **more}


def names() -> list[str]:
    return sorted(registered().actions)


@pytest.fixture
def silence():
    configure(Services(SilentClient(), ManualClock()))
    yield
    configure(None)


@pytest.mark.parametrize(
    "name",
    # Questions stay silent: the validation before them has said it. The rest decides nothing here.
    [n for n in names() if not n.startswith("action_ask_") and n != "action_detect_language"],
)
async def test_an_action_tells_of_a_case_service_that_never_answers(silence, name):
    under_way = slots(Draft(kind="complaint", confirm=True)) if name == "action_open_case" else {}
    _, messages = await run_action(
        name,
        slots={"last_case": "20260302-000001-5", **under_way},
        text="催一下，占道经营好几天没人管",
        intent="urge",
        intent_ranking=[{"name": "urge", "confidence": 1.0}],
    )
    assert messages


@pytest.mark.parametrize("name", [n for n in names() if n.startswith("action_ask_")])
async def test_a_question_says_nothing_more_when_the_service_never_answers(silence, name):
    assert await run_action(name, slots=slots(UNDER_WAY)) == ([], [])


async def test_an_answer_that_cannot_be_judged_is_told_and_the_question_stays(silence):
    events, messages = await run_action("validate_case_form", slots=slots(UNDER_WAY), text="中山路")
    assert [message["response"] for message in messages] == ["utter_answer_not_kept"]
    assert {event["name"]: event["value"] for event in events} == {
        "thread": {"heard": "msg_0"},
        "requested_slot": "place",
    }


async def test_a_confirmed_matter_stays_confirmed_and_keeps_its_key(silence):
    held = slots(UNDER_WAY, confirm=True)
    events, messages = await run_action("action_open_case", slots=held)
    assert [message["response"] for message in messages] == ["utter_case_kept"]
    assert {event["name"]: event["value"] for event in events} == {
        "thread": {"heard": "msg_0", "key": "cnv_1:msg_1:open_case:0"},
        "pending": {"act": "retry"},
    }


async def test_a_matter_told_beside_another_is_filed_under_its_own_place(silence):
    second = Draft(kind="complaint", category="0101", happened="桌子", thread={"ordinal": 1})
    events, _ = await run_action("action_open_case", slots=slots(second, confirm=True))
    [thread] = [event["value"] for event in events if event["name"] == "thread"]
    assert thread["key"] == "cnv_1:msg_1:open_case:1"


def test_actions_that_nobody_configured_say_what_to_do():
    configure(None)
    with pytest.raises(ServicesMissingError, match="configure"):
        services()
