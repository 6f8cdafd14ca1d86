"""Whatever is sent to the API, it answers as its OpenAPI says: no 5xx, no status unheard of."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import schemathesis
from case_service import LANE, TOKEN, body_of, case_service, order, over_http
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.people.rules.actor import Role
from kernel.clock import SystemClock

EXAMPLES = 8
"""Requests an operation: some sense and some nonsense, few enough for every run."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@dataclass(frozen=True)
class Served:
    """A running service, its own description, who may call it, and cases that are there."""

    url: str
    openapi: dict
    tokens: tuple[str, ...]
    numbers: tuple[str, ...]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[Served]:
    loop = asyncio.new_event_loop()
    folder = tmp_path_factory.mktemp("fuzzed")
    running = case_service(f"sqlite:///{folder / 'api.db'}", SystemClock())
    service = loop.run_until_complete(running.__aenter__())
    try:

        async def prepare():
            tokens = [await service.token(role) for role in Role if role in _ROLES]
            tokens += [TOKEN, await service.token(Role.UNIT, LANE)]
            numbers = [
                (await service.client.open_case(order(), idempotency_key=f"k{n}")).number
                for n in range(5)
            ]
            document = body_of(await service.raw("GET", "/openapi.json", token=None))
            return document, tuple(tokens), tuple(numbers)

        document, tokens, numbers = loop.run_until_complete(prepare())
        with over_http(service.app) as url:
            yield Served(url, document, tokens, numbers)
    finally:
        loop.run_until_complete(running.__aexit__(None, None, None))
        loop.close()


_ROLES = (Role.CLERK, Role.SUPERVISOR, Role.LEADER, Role.ADMIN)


def test_every_operation_answers_as_the_documentation_says(served):
    schema = schemathesis.openapi.from_dict(served.openapi)
    operations = [item.ok() for item in schema.get_all_operations()]
    assert len(operations) > 40
    wrong, statuses = [], Counter()
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode),
            token=st.sampled_from(served.tokens),
            number=st.sampled_from((None, *served.numbers)),
        )
        def answers(case, token, number):
            if number is not None and "number" in case.path_parameters:
                case.path_parameters["number"] = number
            headers = {"Authorization": f"Bearer {token}"}
            reply = case.call(base_url=served.url, headers=headers)
            statuses[reply.status_code] += 1
            case.validate_response(reply, checks=CHECKS)

        try:
            answers()
        except (FailureGroup, ExceptionGroup) as failure:  # each is told of, not the first alone
            wrong.append(f"{operation.label}: {failure}")
    assert not wrong, "\n\n".join(wrong)
    # It was not all nonsense, and not all refused at the door.
    assert {200, 201, 400, 403, 404, 409, 422} <= statuses.keys(), statuses
