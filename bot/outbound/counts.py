"""Counts how sendings end, for the metrics of the process."""

from prometheus_client import CollectorRegistry, Counter

from bot.push import PushPriority


class Counts:
    """Counts attempts to send rows of the outbox, by channel, kind of row and outcome.

    The outcomes: `sent`; `slowed`, the channel wants a pause; `failed`, tried again later;
    `dead_letter`, given up on after its last attempt; `refused` by the channel for good; `dead`,
    nobody is left to read it; `moved`, sent again to a new address.

    Args:
        registry: where they are shown; without one they are counted for nobody.
    """

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self._sendings = Counter(
            "solvefirst_sendings",
            "Attempts to send rows of the outbox, by how they ended.",
            ["channel", "kind", "outcome"],
            registry=registry,
        )

    def ended(self, channel: str, urgency: int, outcome: str) -> None:
        """Count how an attempt ended, once that is committed."""
        self._sendings.labels(channel, PushPriority(urgency).name.lower(), outcome).inc()
