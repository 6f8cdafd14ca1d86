"""The lists of supervision: steps, candidates of the review, circulars, records of units."""

from datetime import date, datetime

from api.console.context import ROOT
from api.console.drawing import draw
from api.console.view import wording
from api.console.visit import Visit
from api.contract.cases.together import CandidateOut, CandidatePage
from api.contract.figures.supervision import Circular, Escalations, UnitRecords
from api.figures.service.spreadsheets import RECORD

Found = Escalations | CandidatePage | Circular | UnitRecords


def draw_found(visit: Visit, found: Found, now: datetime) -> None:
    """Draw what was found as the list that suits it, or that there is nothing."""
    match found:
        case Escalations() as steps:
            _draw_steps(visit, steps, now)
        case CandidatePage() as page:
            _draw_candidates(visit, page)
        case Circular() as circular:
            _draw_circular(visit, circular)
        case UnitRecords() as records:
            _draw_records(visit, records)


def _nothing(visit: Visit, key: str) -> None:
    with draw("div", classes="nothing"):
        draw("img", src=f"{ROOT}/static/seal.svg", alt="", width="48", height="48")
        draw("h2", visit.say(f"supervision_no_{key}"))
        draw("p", visit.say(f"supervision_no_{key}_hint"))


def _table(visit: Visit, *columns: str) -> None:
    with draw("thead"), draw("tr"):
        for column in columns:
            draw("th", visit.say(f"supervision_column_{column}"), scope="col")


def _case(number: str) -> None:
    with draw("th", scope="row"):
        draw("a", number, href=f"{ROOT}/cases/{number}", data_key=number)


def _draw_steps(visit: Visit, steps: Escalations, now: datetime) -> None:
    if not steps.items:
        _nothing(visit, "steps")
    else:
        with draw("table", classes="queue"):
            _table(visit, "case", "step", "unit", "why", "at")
            with draw("tbody"):
                for item in steps.items:
                    with draw("tr"):
                        _case(item.number)
                        with draw("td"):
                            draw("span", visit.say(f"step_{item.step}"), f"state {item.step}")
                        holder = visit.say("holder_hotline")
                        draw("td", visit.name(item.unit.names) if item.unit else holder)
                        with draw("td"):
                            if item.clock is not None and item.due_at is not None:
                                until = wording.moment(visit, item.due_at, now)
                                draw("span", visit.say(f"clock_{item.clock}"))
                                draw("small", visit.say("supervision_due", until=until))
                            else:
                                role = visit.say_or(f"role_{item.by}", item.by)
                                draw("span", visit.say("supervision_by", role=role))
                        draw("td", wording.moment(visit, item.at, now), "figures")
    if steps.next or visit.query.get("after"):
        _draw_pager(visit, steps.next)


def _draw_pager(visit: Visit, following: str | None) -> None:
    with draw("nav", classes="pager", aria_label=visit.say("pages")):
        ways = (
            ("page_first", visit.query.get("after"), None),
            ("page_after", following, following),
        )
        for key, there, after in ways:
            if there:
                address = visit.address({"after": after})
                draw("a", visit.say(key), href=address, data_key=key)
            else:
                draw("span", visit.say(key), "soft")


def _draw_candidates(visit: Visit, page: CandidatePage) -> None:
    if not page.items:
        _nothing(visit, "candidates")
        return
    with draw("table", classes="queue loose"):
        _table(visit, "matter", "reason", "cases")
        with draw("tbody"):
            for item in page.items:
                with draw("tr"):
                    with draw("th", visit.name(item.category.names), scope="row"):
                        if item.place is not None:
                            draw("small", visit.name(item.place))
                    with draw("td"):
                        draw("span", visit.say(f"candidate_{item.why}"), "mark")
                        draw("small", _counted(visit, item))
                    with draw("td"), draw("ul", classes="numbers"):
                        for number in item.numbers:
                            with draw("li"):
                                draw("a", number, href=f"{ROOT}/cases/{number}")
                        if len(item.numbers) > 1 and (rest := item.count - len(item.numbers)):
                            draw("li", visit.say("candidate_rest", n=rest), "soft")


def _counted(visit: Visit, candidate: CandidateOut) -> str:
    """Describe the count of a candidate."""
    if candidate.why == "repeated":
        back = len(candidate.numbers) == 1
        return visit.say("candidate_back" if back else "candidate_again", n=candidate.count)
    return visit.say(f"candidate_{candidate.why}_counted", n=candidate.count)


def _draw_circular(visit: Visit, circular: Circular) -> None:
    if not circular.items:
        _nothing(visit, "circular")
        return
    with draw("table", classes="queue"):
        draw("caption", _days(visit, circular.since, circular.until))
        _table(visit, "case", "matter", "unit", "reason")
        with draw("tbody"):
            for item in circular.items:
                with draw("tr"):
                    _case(item.number)
                    draw("td", visit.name(item.category.names))
                    draw("td", visit.name(item.unit.names))
                    with draw("td"), draw("ul"):
                        for because in item.reasons:
                            draw("li", wording.reason(visit, because))


def _draw_records(visit: Visit, records: UnitRecords) -> None:
    if not records.items:
        _nothing(visit, "units")
        return
    words = _days(visit, records.since, records.until)
    with (
        draw("div", classes="wide", tabindex="0", role="region", aria_label=words),
        draw("table", classes="queue figures"),
    ):
        draw("caption", words)
        _table(visit, "unit", *RECORD)
        with draw("tbody"):
            for item in records.items:
                with draw("tr"):
                    draw("th", visit.name(item.unit.names), scope="row")
                    for column in RECORD:
                        draw("td", str(getattr(item, column)))


def _days(visit: Visit, since: date, until: date) -> str:
    return visit.say("supervision_days", days=f"{since} – {until}")
