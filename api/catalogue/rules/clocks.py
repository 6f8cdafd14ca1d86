"""Define the SLA clocks of a case and their escalation, by the city's settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.catalogue.rules.city import City
from api.catalogue.rules.limits import TimeLimit


class ClockKind(StrEnum):
    """Kind of an SLA clock: the step that is waited for."""

    ACCEPT = "accept"
    SIGN_IN = "sign_in"
    CONTACT = "contact"
    RETURN_DECISION = "return_decision"
    ANSWER = "answer"
    EXTENSION = "extension"
    ASSESSMENT = "assessment"
    REHANDLE = "rehandle"
    TASK = "task"
    MEETING = "meeting"
    CALLBACK = "callback"


THE_UNITS = frozenset(
    {
        ClockKind.SIGN_IN,
        ClockKind.CONTACT,
        ClockKind.ANSWER,
        ClockKind.REHANDLE,
        ClockKind.MEETING,
    }
)
"""Clocks of the case's unit. A task's clock is the helper's; all others are the hotline's."""


PROMISED = frozenset({ClockKind.ACCEPT, ClockKind.ANSWER, ClockKind.REHANDLE})
"""Clocks whose deadline was promised to the citizen, who is told when they lapse."""


class EscalationStep(StrEnum):
    """Escalation steps of a clock, in this order."""

    WARN = "warn"
    URGE = "urge"
    SUPERVISE = "supervise"
    REPORT = "report"


_GOES_TO: Mapping[ClockKind, EscalationStep] = {
    ClockKind.ACCEPT: EscalationStep.REPORT,
    ClockKind.SIGN_IN: EscalationStep.SUPERVISE,
    ClockKind.CONTACT: EscalationStep.URGE,
    ClockKind.RETURN_DECISION: EscalationStep.SUPERVISE,
    ClockKind.ANSWER: EscalationStep.REPORT,
    ClockKind.EXTENSION: EscalationStep.URGE,
    ClockKind.ASSESSMENT: EscalationStep.REPORT,
    ClockKind.REHANDLE: EscalationStep.REPORT,
    ClockKind.TASK: EscalationStep.SUPERVISE,
    ClockKind.MEETING: EscalationStep.URGE,
}
"""Default escalation of each kind. The callback ends by itself."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Due times of escalation steps, and the steps of each clock.

    Attributes:
        warn_at: the share of the time after which a warning is due, such as 0.8.
        supervise_after, report_after: time after the deadline.
        steps: the steps of each kind of clock, in order.
    """

    warn_at: float
    supervise_after: TimeLimit
    report_after: TimeLimit
    steps: Mapping[ClockKind, tuple[EscalationStep, ...]]

    @classmethod
    def of(cls, city: City) -> "Escalation":
        """Read a city's settings."""
        goes_to = {**_GOES_TO, **{ClockKind(kind): last for kind, last in city.goes_to.items()}}
        every = tuple(EscalationStep)
        return cls(
            warn_at=city.warn_percent / 100,
            supervise_after=city.clocks["supervise_after"],
            report_after=city.clocks["report_after"],
            steps={
                kind: every[: every.index(EscalationStep(goes_to[kind])) + 1]
                if goes_to.get(kind, "none") != "none"
                else ()
                for kind in ClockKind
            },
        )
