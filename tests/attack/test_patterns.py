"""No text holds up the loop: every pattern of the product takes linear time."""

import re
import signal
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from patterns import Attack, Pattern, attacks, patterns

from nlu.danger.emergency import DECIDES, detect

SIZE = 10_000
SECONDS = 0.005
"""Of processor time for `SIZE` bytes: the least of several runs, as neighbours slow one down."""
MEASURE_SECONDS = 0.0026
"""What `measure` costs on the machine that `SECONDS` holds for."""
LATE = 0.5


class _Late(Exception):  # noqa: N818 - the event
    pass


@contextmanager
def ending(seconds: float) -> Iterator[None]:
    """Break off what takes more processor time: an exponential pattern would not come back."""

    def late(*_: object) -> None:
        raise _Late

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Filler:
    """A text of one character."""

    def text(self, size: int) -> str:
        """Make `size` bytes of it."""
        return "z" * size


def cost(pattern: Pattern, attack: Attack | Filler, size: int, times: int = 1) -> float:
    """Give the least processor time that the pattern took for a text of `size` bytes."""
    compiled = re.compile(pattern.source, pattern.flags)
    text = attack.text(size)
    least = LATE
    for _ in range(times):
        begun = time.thread_time()
        try:
            with ending(LATE):
                for way in pattern.ways:
                    found = getattr(compiled, way)(text)
                    if way == "finditer":
                        deque(found, maxlen=0)
        except _Late:
            continue
        least = min(least, time.thread_time() - begun)
    return least


def bound() -> float:
    """Give `SECONDS`, longer by as much as this machine is slower now."""
    measure = Pattern("measure", r"[^a-f]{0,30}?(?:ax|bx|cx)", 0, ("finditer",))
    return SECONDS * max(1.0, cost(measure, Filler(), SIZE, 25) / MEASURE_SECONDS)


def faults(every: list[Pattern]) -> list[str]:
    """Name the patterns that some text is slow on."""
    found = []
    for pattern in every:
        tried = []
        for attack in attacks(pattern):
            tried.append((cost(pattern, attack, 300), attack))
            if tried[-1][0] >= LATE:
                break
        tried.sort(key=lambda item: item[0], reverse=True)
        for _, attack in tried[:4]:
            whole = cost(pattern, attack, SIZE)
            growth = 0.0
            for times in (5, 25, 50):  # again and longer, before noise is taken for a fault
                if whole > SECONDS / 2:
                    whole = min(whole, cost(pattern, attack, SIZE, times))
                    growth = whole / max(cost(pattern, attack, SIZE // 2, times), 1e-6)
                if (whole <= SECONDS and growth < 3.5) or whole > 10 * SECONDS:
                    break
            if (whole > SECONDS and whole > bound()) or growth >= 3.5:
                found.append(f"{pattern.where} {whole * 1000:.0f} ms x{growth:.1f} {attack}")
                break
    return found


@pytest.mark.slow
def test_every_pattern_of_the_product_takes_linear_time():
    every = patterns()
    assert len(every) > 120
    assert faults(every) == []


@pytest.mark.parametrize(
    "source", [r"[0-9]+x", r"go(?:a|b|ab)*z", r"\s*,?\s*,?\s*y", r"a{0,9}?[^!]*b"]
)
def test_a_pattern_that_is_not_linear_is_found(source):
    assert faults([Pattern("planted", source, 0, ("finditer",))])


@pytest.mark.parametrize(
    "text",
    ["1" * 8000, "随时" + "就要" * 4000 + "塌", "几十" * 4000, "妹妹" * 4000, " " * 8000 + "火"],
)
def test_a_hostile_text_holds_the_alarm_up_for_no_longer_than_a_turn_of_the_loop(text):
    detect("着火了")
    begun = time.thread_time()
    with ending(LATE):
        detect(text)
    assert time.thread_time() - begun < 0.1


def test_the_first_characters_decide_the_alarm():
    assert detect("我家着火了，快来人！" + "1" * 8000) is not None
    assert detect("1" * DECIDES + "我家着火了，快来人！") is None
