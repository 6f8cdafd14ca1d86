"""Hold the dependencies of actions: the case service and the clock.

rasa-sdk creates the action objects itself, without arguments. The process therefore calls
`configure` once, before the first message.
"""

from dataclasses import dataclass

from api.client import ApiClient
from kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class Services:
    """Dependencies of all actions."""

    client: ApiClient
    clock: Clock


class ServicesMissingError(RuntimeError):
    """An action ran in a process that did not call `configure`."""

    def __init__(self) -> None:
        super().__init__(
            "actions have no services: call actions.context.configure(Services(client, clock)) "
            "before the first action runs"
        )


_configured: Services | None = None


def configure(services: Services | None) -> None:
    """Set the services for all later actions; `None` removes them."""
    global _configured  # noqa: PLW0603 - rasa-sdk gives no other way in, see above
    _configured = services


def services() -> Services:
    """Return the configured services.

    Raises:
        ServicesMissingError: `configure` was not called.
    """
    if _configured is None:
        raise ServicesMissingError
    return _configured
