"""What a citizen's cases are called when they ask how those stand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dialogue import CATALOGUE, SilentClient, run_action

from actions.context import Services, configure
from api.contract import CasePage, CaseSummary, CategoryRef, Names
from kernel.clock import ManualClock

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def case(number: str, title: str | None, **changes: Any) -> CaseSummary:
    usual: dict[str, Any] = {
        "state": "accepted",
        "kind": "help",
        "category": CategoryRef(code="0203", names=Names(zh="路灯", en="Street lights")),
        "urgency": "normal",
        "opened_at": AT,
        "changed_at": AT,
    }
    return CaseSummary.model_validate({"number": number, "title": title, **usual, **changes})


class Listing(SilentClient):
    """A case service that knows some cases and nothing else."""

    def __init__(self, *items: CaseSummary) -> None:
        self.items = items

    async def cases(self, **_: Any) -> CasePage:
        return CasePage(items=self.items)

    async def catalogue(self) -> Any:
        return CATALOGUE


async def asked(*items: CaseSummary) -> str:
    client: Any = Listing(*items)
    configure(Services(client, ManualClock()))
    try:
        _, messages = await run_action("action_respond", slots={}, intent="check_progress")
    finally:
        configure(None)
    return "\n".join(str(message.get("lines") or message.get("text")) for message in messages)


async def test_cases_of_one_category_are_told_apart_by_their_titles() -> None:
    result = await asked(case("1", "老街路灯不亮"), case("2", "新街路灯闪"), case("3", None))
    assert result.splitlines() == [
        "1 老街路灯不亮，已受理",
        "2 新街路灯闪，已受理",
        "3 路灯，已受理",
    ]


@pytest.mark.parametrize(("title", "called"), [("老街路灯不亮", "老街路灯不亮"), (None, "路灯")])
async def test_progress_calls_a_case_by_its_title_where_it_has_one(
    title: str | None, called: str
) -> None:
    result = await asked(case("1", title))
    assert f"工单 1（{called}）" in result


async def test_a_case_that_was_late_when_its_citizen_was_asked_is_said_to_be_late() -> None:
    stands_still = await asked(case("1", None, state="supplement"))
    assert "时限先停着" in stands_still
    assert "抱歉" not in stands_still
    late = await asked(case("1", None, state="supplement", due_at=AT - timedelta(days=900)))
    assert "抱歉" in late
    assert "时限先停着" not in late
