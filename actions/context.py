"""What the actions need of the process they run in: the case service and the clock.

rasa-sdk makes the action objects itself, without arguments, so what they need is left here once by
whoever wires the process, before the first message.
"""

from dataclasses import dataclass

from api.client import ApiClient
from kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Services:
    """The outside world of every action."""

    client: ApiClient
    clock: Clock


class ServicesMissingError(RuntimeError):
    """An action ran in a process that never called `configure`."""

    def __init__(self) -> None:
        super().__init__(
            "actions have no services: call actions.context.configure(Services(client, clock)) "
            "before the first action runs"
        )


_configured: Services | None = None


def configure(services: Services | None) -> None:
    """Set what every later action uses; `None` takes it away again."""
    global _configured  # noqa: PLW0603 - rasa-sdk gives no other way in, see above
    _configured = services


def services() -> Services:
    """Give what was configured.

    Raises:
        ServicesMissingError: nothing was configured yet.
    """
    if _configured is None:
        raise ServicesMissingError
    return _configured
