"""What a message may cost: each figure is today's, and one that rises has to be argued for."""

import asyncio

import pytest

from bench.citizens import CONVERSATION
from bench.counting import Cost, costs_table, count

OPENING = len(CONVERSATION) - 1
"""The message that opens the case."""

# Of a sender's first message, one transaction only reads: whether a conversation begins is counted.
COMMITS = (3, 2, 2, 2, 2, 3)
# The last one writes the case's row of facts: figures are counted there and nowhere else.
STATEMENTS = (7, 5, 5, 5, 5, 17)
# Beside the open question a message goes through one action more, which weighs it (ADR 18).
ACTIONS = (2, 5, 5, 3, 3, 3)
WRITTEN = (11, 16, 17, 13, 14, 23)
READ = (6, 11, 12, 8, 9, 9)


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> list[Cost]:
    return asyncio.run(count(tmp_path_factory.mktemp("costs") / "var"))


def test_a_turn_is_one_commit_beside_the_intakes_and_one_more_where_a_case_opens(costs):
    assert tuple(cost.commits for cost in costs) == COMMITS


def test_no_message_needs_more_statements_than_it_did(costs):
    assert all(cost.queries <= most for cost, most in zip(costs, STATEMENTS, strict=True)), (
        costs_table(costs)
    )


def test_no_statement_is_sent_twice_for_one_message(costs):
    assert {cost.message: cost.repeated for cost in costs if cost.repeated} == {}


def test_each_message_is_understood_once_and_no_action_more_is_called(costs):
    assert {cost.parses for cost in costs} == {1}
    assert all(cost.actions <= most for cost, most in zip(costs, ACTIONS, strict=True)), (
        costs_table(costs)
    )


def test_the_case_service_is_called_once_and_only_to_open_the_case(costs):
    assert [cost.calls for cost in costs] == [int(at == OPENING) for at in range(len(costs))]


def test_no_more_json_is_written_or_read(costs):
    for cost, written, read in zip(costs, WRITTEN, READ, strict=True):
        assert cost.written <= written, costs_table(costs)
        assert cost.read <= read, costs_table(costs)
