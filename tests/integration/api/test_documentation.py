"""The documentation: true, complete, and there without a network."""

import re

import pytest
from case_service import body_of, case_service
from fastapi.openapi.models import OpenAPI

from api import contract
from api.contract import citizens, events, live, surveys, webhooks
from api.contract.cases import intake, together
from api.contract.figures import figures, supervision
from api.domain.lifecycle import Move
from api.routes import documentation
from api.routes.documentation import examples
from api.services.moves.moving import ACTS
from kernel import json

MODELS = {
    "read_catalogue": (None, contract.CatalogueOut),
    "register_contact_point": (contract.RegisterContactPoint, contract.ContactPointOut),
    "open_case": (contract.OpenCase, contract.CaseOut),
    "list_cases": (None, contract.CasePage),
    "read_case": (None, contract.CaseOut),
    "read_history": (None, contract.History),
    "add_remark": (contract.Remark, contract.CaseOut),
    "give_consent": (contract.GiveConsent, contract.ConsentOut),
    "read_citizen": (None, contract.CitizenSummary),
    "ask_for_export": (contract.AskJoinCode, contract.TicketOut),
    "redeem_export": (contract.RedeemTicket, contract.CitizenExport),
    "spend_export": (citizens.SpendTicket, citizens.TicketSpent),
    "erase_citizen": (contract.Erase, contract.Erased),
    "show_join_code": (contract.AskJoinCode, contract.JoinCodeOut),
    "join_channels": (contract.Join, contract.Joined),
    "follow_case": (contract.Follow, contract.CaseOut),
    "upload_attachment": (None, contract.AttachmentOut),
    "list_attachments": (None, contract.Attachments),
    "ask_for_leader": (live.AskLive, live.TalkOut),
    "take_live_message": (live.LiveMessage, live.MessageTaken),
    "read_own_talk": (None, live.TalkOut),
    "leave_talk": (live.LeaveTalk, live.TalkOut),
    "confirm_talk": (live.Confirm, live.TalkOut),
    "open_session": (live.OpenSession, live.SessionOut),
    "list_sessions": (None, live.SessionPage),
    "end_session": (None, live.SessionOut),
    "watch_session": (None, live.LiveDesk),
    "read_figures": (None, live.FiguresOut),
    "read_case_figures": (None, figures.CaseFigures),
    "read_clocks": (None, contract.CaseClocks),
    "list_steps": (None, supervision.Escalations),
    "read_records": (None, supervision.UnitRecords),
    "read_circular": (None, supervision.Circular),
    "read_talk": (None, live.Transcript),
    "claim_talk": (None, live.TalkOut),
    "say_to_citizen": (live.Say, live.TalkOut),
    "end_talk": (live.EndTalk, live.TalkOut),
    "file_talk": (live.FileTalk, contract.CaseOut),
    "read_together": (None, together.TogetherOut),
    "list_tasks": (None, together.WaitingTasks),
    "list_candidates": (None, together.CandidatePage),
    "list_duplicates": (None, contract.CasePage),
    "read_survey": (None, surveys.SurveyOut),
    "list_calls": (None, surveys.CallPage),
    "note_unreached": (None, surveys.SurveyOut),
    "take_down": (intake.TakeDown, contract.CaseOut),
    "answer_survey": (surveys.SurveyAnswer, surveys.SurveyOut),
    "report_deliveries": (events.DeliveryReports, events.DeliveriesTaken),
    "list_failed_deliveries": (None, events.DeliveryPage),
    "subscribe": (webhooks.Subscribe, webhooks.SubscriberOut),
    "list_subscribers": (None, webhooks.SubscriberPage),
    "rotate_secret": (None, webhooks.SubscriberOut),
    "disable_subscriber": (None, webhooks.SubscriberOut),
    "enable_subscriber": (None, webhooks.SubscriberOut),
    "redeliver": (webhooks.Redeliver, webhooks.Redelivered),
    "list_webhook_deliveries": (None, webhooks.WebhookDeliveryPage),
    **{
        "return_case" if move is Move.RETURN else move: (act.order, contract.CaseOut)
        for move, act in ACTS.items()
        if move not in (Move.REMARK, Move.ADD_DETAILS)  # they are `add_remark`
    },
}

PUBLIC = {"read_announced_session"}
"""Operations that need no token."""

BYTES = {
    "upload_attachment",
    "read_attachment",
    "export_case_figures",
    "export_records",
    "export_circular",
}
"""Operations that take or give a file and no JSON."""


@pytest.fixture
async def schema(on_sqlite):
    return body_of(await on_sqlite.raw("GET", "/openapi.json", token=None))


def operations(schema):
    return {
        operation["operationId"]: operation
        for path in schema["paths"].values()
        for operation in path.values()
    }


async def test_each_operation_has_a_tag_words_an_example_and_its_refusals(schema):
    found = operations(schema)
    assert set(found) == {*MODELS, *BYTES, *PUBLIC}
    for name, operation in found.items():
        assert operation["tags"], name
        assert operation["description"], name
        success = next(code for code in operation["responses"] if code.startswith("2"))
        if name in MODELS:
            content = operation["responses"][success]["content"]["application/json"]
            assert content["examples"], name
        if "requestBody" in operation and name not in BYTES:
            assert operation["requestBody"]["content"]["application/json"]["examples"], name
        if name in MODELS:
            assert operation["security"] == [{"ServiceToken": []}], name
            refused = operation["responses"]["401"]["content"]["application/problem+json"]
            assert refused["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert "HTTPValidationError" not in json.dumps(operation)


async def test_the_examples_are_what_the_models_take_and_give(schema):
    for name, operation in operations(schema).items():
        if name not in MODELS:
            continue
        question, answer = MODELS[name]
        if question is not None and name not in BYTES:
            question.model_validate_json(example_in(operation["requestBody"]))
        success = next(code for code in operation["responses"] if code.startswith("2"))
        answer.model_validate_json(example_in(operation["responses"][success]))


def example_in(body):
    return json.dumps(body["content"]["application/json"]["examples"]["example"]["value"])


async def test_a_move_without_an_example_gets_one_of_what_it_needs(on_sqlite, monkeypatch):
    own = examples()
    monkeypatch.setattr(
        documentation, "examples", lambda: {k: own[k] for k in ("read_case", "fields")}
    )
    monkeypatch.setattr(on_sqlite.app, "openapi_schema", None)
    found = operations(on_sqlite.app.openapi())
    shelved = found["shelve"]["requestBody"]
    assert set(json.loads(example_in(shelved))) == {"reason", "note"}
    contract.Shelve.model_validate_json(example_in(shelved))
    assert "requestBody" not in found["accept"]


async def test_the_schema_is_openapi_and_every_reference_in_it_leads_somewhere(schema):
    OpenAPI.model_validate(schema)
    assert schema["openapi"].startswith("3.1")
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(schema)))
    assert len(references) > 20
    assert references <= set(schema["components"]["schemas"])


async def test_the_page_and_everything_it_loads_come_from_here(on_sqlite):
    page = await on_sqlite.raw("GET", "/docs", token=None)
    assert page.status == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert len(links) == 3
    for link in links:
        assert link.startswith("/docs/assets/")
        assert (await on_sqlite.raw("GET", link, token=None)).status == 200
    assert b"//" not in page.body.replace(b"<!--", b"").split(b"<script>")[0].replace(
        b"http-equiv", b""
    )


async def test_the_models_of_routes_are_derived_once_for_all_apps_of_a_process(
    on_sqlite, sqlite_url, clock
):
    async with case_service(sqlite_url, clock) as other:
        first, second = ({id(route) for route in app.app.routes} for app in (on_sqlite, other))
        assert len(first & second) >= 13
        assert on_sqlite.app.openapi() == other.app.openapi()
