"""Count the results of sending, for the metrics of the process."""

from prometheus_client import CollectorRegistry, Counter

from bot.push import PushPriority


class Counts:
    """Counts attempts to send outbox rows by channel, kind of row and outcome.

    The outcomes: `sent`; `slowed`, the channel asks for a pause; `failed`, retried later;
    `dead_letter` after the last attempt; `refused` by the channel for good; `dead`, the address
    no longer exists; `moved`, sent again to a new address.

    Args:
        registry: publishes the counters; without it they are not published.
    """

    def __init__(self, registry: CollectorRegistry | None) -> None:
        self._sendings = Counter(
            "solvefirst_sendings",
            "Attempts to send rows of the outbox, by how they ended.",
            ["channel", "kind", "outcome"],
            registry=registry,
        )

    def ended(self, channel: str, urgency: int, outcome: str) -> None:
        """Count the outcome of an attempt after its commit."""
        self._sendings.labels(channel, PushPriority(urgency).name.lower(), outcome).inc()
