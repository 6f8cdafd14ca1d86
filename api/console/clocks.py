"""The clocks of a case as bars: what runs, whose it is, how much is gone, until when."""

from datetime import datetime, timedelta

from api.console.drawing import draw
from api.console.view import wording
from api.console.visit import Visit
from api.contract.cases import ClockOut

_WARN = 0.8
"""Share of the time limit from which a bar is shown as urgent; the warning is sent then, too."""


def draw_clocks(visit: Visit, clocks: tuple[ClockOut, ...], now: datetime) -> None:
    """Draw the clocks that run or stand still, the soonest due at the top; nothing for none."""
    if not clocks:
        return
    far = now + timedelta(days=3650)
    with draw("section", classes="sheet", aria_labelledby="clocks"):
        draw("h2", visit.say("clocks_title"), id="clocks")
        with draw("ul", classes="clocks"):
            for one in sorted(clocks, key=lambda clock: clock.due_at or far):
                with draw("li", classes=_tone(one)):
                    _draw(visit, one, now)


def draw_clock(visit: Visit, one: ClockOut, now: datetime) -> None:
    """Draw a single clock, where it stands beside what it is of."""
    with draw("div", classes="clocks"), draw("div", classes=_tone(one)):
        _draw(visit, one, now)


def _draw(visit: Visit, one: ClockOut, now: datetime) -> None:
    name = visit.say(f"clock_{one.kind}")
    with draw("p"):
        draw("b", name)
        if one.unit is not None:
            draw("small", visit.name(one.unit.names))
    share = min(max(round(one.used * 100), 0), 100)
    with draw("div", classes="gone", role="img", aria_label=visit.say("clock_gone", share=share)):
        draw("span", style=f"width: {share}%")
    draw("p", _words(visit, one, now), "soft figures")


def _words(visit: Visit, one: ClockOut, now: datetime) -> str:
    if one.paused or one.due_at is None:
        return visit.say("clock_paused")
    until = wording.moment(visit, one.due_at, now)
    if one.lapsed:
        return visit.say("clock_lapsed", until=until)
    kind = "clock_working" if one.working_time else "clock_round"
    return visit.say(kind, until=until, left=wording.span(visit, timedelta(seconds=one.left)))


def _tone(one: ClockOut) -> str:
    if one.paused:
        return "paused"
    if one.lapsed:
        return "late"
    return "soon" if one.used >= _WARN else "calm"
