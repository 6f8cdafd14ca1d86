"""Inject faults: each applies to a number of matching calls."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What a fault does to a call."""

    RETRY_AFTER = "retry_after"
    """429; `value` is the seconds to wait."""
    FORBIDDEN = "forbidden"
    """403: the bot was blocked."""
    MIGRATE = "migrate"
    """400 with the chat's new number, which is `value`."""
    SERVER_ERROR = "server_error"
    """A bare 500, or the status `value`."""
    BAD_REQUEST = "bad_request"
    """400 with Telegram's words."""
    SILENT = "silent"
    """The call has no effect, and no answer comes for `value` seconds."""
    LOST = "lost"
    """The call has its effect, but no answer comes for `value` seconds."""
    LATE = "late"
    """The call has its effect, and is answered after `value` seconds."""


@dataclass(slots=True)
class Fault:
    """One fault for `times` calls of `method` (`*` is any) to `chat` (None is any)."""

    kind: FaultKind
    method: str = "sendMessage"
    chat: int | None = None
    value: float = 1.0
    times: int = 1

    def fits(self, method: str, chat: int | None) -> bool:
        """Return whether the fault applies to this call."""
        return self.times > 0 and self.method in ("*", method) and self.chat in (None, chat)


class Faults:
    """Queue of the remaining faults."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        self._waiting.clear()

    def strike(self, method: str, chat: int | None) -> Fault | None:
        """Return the fault for a call, and count it."""
        for fault in self._waiting:
            if fault.fits(method, chat):
                fault.times -= 1
                self._waiting = [fault for fault in self._waiting if fault.times > 0]
                return fault
        return None

    def list(self) -> list[Fault]:
        """Return the remaining faults."""
        return [*self._waiting]
