"""What a citizen's cases are called when they ask how those stand."""

from datetime import UTC, datetime
from typing import Any

import pytest
from dialogue import CATALOGUE, SilentClient, run_action

from actions.context import Services, configure
from api.contract import CasePage, CaseSummary, CategoryRef, Names
from kernel.clock import ManualClock

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def case(number: str, title: str | None) -> CaseSummary:
    return CaseSummary(
        number=number,
        state="accepted",
        kind="help",
        category=CategoryRef(code="0203", names=Names(zh="路灯", en="Street lights")),
        title=title,
        urgency="normal",
        opened_at=AT,
        changed_at=AT,
    )


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
        _, messages = await run_action("action_progress", slots={}, intent="check_progress")
    finally:
        configure(None)
    return "\n".join(str(one.get("lines") or one.get("text")) for one in messages)


async def test_cases_of_one_category_are_told_apart_by_their_titles() -> None:
    told = await asked(case("1", "老街路灯不亮"), case("2", "新街路灯闪"), case("3", None))
    assert told.splitlines() == ["1 老街路灯不亮，已受理", "2 新街路灯闪，已受理", "3 路灯，已受理"]


@pytest.mark.parametrize(("title", "called"), [("老街路灯不亮", "老街路灯不亮"), (None, "路灯")])
async def test_progress_calls_a_case_by_its_title_where_it_has_one(
    title: str | None, called: str
) -> None:
    told = await asked(case("1", title))
    assert f"工单 1（{called}）" in told
