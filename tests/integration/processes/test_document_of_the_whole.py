"""The OpenAPI document of the served product is that of every room in it."""

import httpx
import jsonschema_rs
import pytest
from stores import copied

from solvefirst.settings import Settings
from solvefirst.wiring.assembly import assemble, web_app


@pytest.fixture
async def product(tmp_path, migrated_file):
    (tmp_path / "var").mkdir()
    copied(migrated_file, tmp_path / "var" / "solvefirst.db")
    process = assemble(Settings(_env_file=None, var=tmp_path / "var", demo=True))
    app = web_app(process)
    transport = httpx.ASGITransport(app=app)
    async with (
        process.running(),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


async def documented(product):
    return (await product.get("/openapi.json")).json()


def answer_schema(document, path, method, status):
    content = document["paths"][path][method]["responses"][str(status)]["content"]
    found = next(iter(content.values()))["schema"]
    return {**found, "components": document["components"]}


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_health_answers_as_it_is_documented(product, path):
    answer = await product.get(path)
    schema = answer_schema(await documented(product), path, "get", answer.status_code)
    document = answer.json()
    assert answer.status_code in (200, 503)
    jsonschema_rs.validate(schema, document)
    assert ("loops" in document) == (path == "/health/ready")
    # The schema says something: an answer of another form does not fit.
    assert not jsonschema_rs.is_valid(schema, {"status": 1})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"sender": "citizen-1", "message": "你好"}, 200),
        ({"sender": 7, "message": "你好"}, 200),
        ({"sender": "citizen-1", "message": "你好", "metadata": None}, 200),
        ({"sender": "citizen-1", "message": "你好", "metadata": []}, 200),
        ({"sender": "citizen-1", "message": "你好", "metadata": ""}, 422),
        ({"sender": "citizen-1\x92", "message": "你好"}, 422),
        ({"sender": " citizen-1", "message": "你好"}, 422),
        ({"sender": "c", "message": "你好", "metadata": {"message_id": "\x00"}}, 422),
    ],
)
async def test_the_rest_channel_takes_and_answers_what_is_documented(product, body, status):
    path, document = "/webhooks/rest/webhook", await documented(product)
    request = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    answer = await product.post(path, json=body)
    assert answer.status_code == status
    assert jsonschema_rs.is_valid(request["schema"], body) == (status == 200)
    jsonschema_rs.validate(answer_schema(document, path, "post", status), answer.json())


async def test_a_message_id_of_another_kind_is_refused_where_a_text_is_parsed(product):
    answer = await product.post("/model/parse", json={"text": "你好", "message_id": {}})
    assert (answer.status_code, answer.json()["params"]["field"]) == (422, "message_id")
