"""Draw the clocks of a case as bars: kind, owner, elapsed share, deadline."""

from datetime import datetime, timedelta

from api.console.drawing import draw
from api.console.view import wording
from api.console.visit import Visit
from api.contract.cases.case import ClockOut

_WARN = 0.8
"""Share of the time limit from which a bar is shown as urgent; a warning is sent then too."""


def draw_clocks(visit: Visit, clocks: tuple[ClockOut, ...], now: datetime) -> None:
    """Draw the running and paused clocks, the soonest due first; nothing if there are none."""
    if not clocks:
        return
    far = now + timedelta(days=3650)
    with draw("section", classes="sheet", aria_labelledby="clocks"):
        draw("h2", visit.say("clocks_title"), id="clocks")
        with draw("ul", classes="clocks"):
            for shown in sorted(clocks, key=lambda clock: clock.due_at or far):
                with draw("li", classes=_tone(shown)):
                    _draw(visit, shown, now)


def draw_clock(visit: Visit, clock: ClockOut, now: datetime) -> None:
    """Draw a single clock beside its subject."""
    with draw("div", classes="clocks"), draw("div", classes=_tone(clock)):
        _draw(visit, clock, now)


def _draw(visit: Visit, clock: ClockOut, now: datetime) -> None:
    name = visit.say(f"clock_{clock.kind}")
    with draw("p"):
        draw("b", name)
        if clock.unit is not None:
            draw("small", visit.name(clock.unit.names))
    share = min(max(round(clock.used * 100), 0), 100)
    with draw("div", classes="gone", role="img", aria_label=visit.say("clock_gone", share=share)):
        draw("span", style=f"width: {share}%")
    draw("p", _words(visit, clock, now), "soft figures")


def _words(visit: Visit, clock: ClockOut, now: datetime) -> str:
    if clock.paused or clock.due_at is None:
        return visit.say("clock_paused")
    until = wording.moment(visit, clock.due_at, now)
    if clock.lapsed:
        return visit.say("clock_lapsed", until=until)
    kind = "clock_working" if clock.working_time else "clock_round"
    return visit.say(kind, until=until, left=wording.span(visit, timedelta(seconds=clock.left)))


def _tone(clock: ClockOut) -> str:
    if clock.paused:
        return "paused"
    if clock.lapsed:
        return "late"
    return "soon" if clock.used >= _WARN else "calm"
