"""What goes wrong on demand: a fault waits for a call that it fits, so many times."""

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
    """400 in words of Telegram's."""
    SILENT = "silent"
    """Nothing is done and no answer comes for `value` seconds."""
    LOST = "lost"
    """It is done, but no answer comes for `value` seconds."""
    LATE = "late"
    """It is done, and answered after `value` seconds."""


@dataclass(slots=True)
class Fault:
    """One fault: for calls of `method` (`*` is any) to `chat` (none is any), `times` over."""

    kind: FaultKind
    method: str = "sendMessage"
    chat: int | None = None
    value: float = 1.0
    times: int = 1

    def fits(self, method: str, chat: int | None) -> bool:
        """Tell whether it strikes this call."""
        return self.times > 0 and self.method in ("*", method) and self.chat in (None, chat)


class Faults:
    """The faults that are still to come, first in first out."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let one more come."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Let all be well."""
        self._waiting.clear()

    def strike(self, method: str, chat: int | None) -> Fault | None:
        """Give the fault of a call, and count it."""
        for fault in self._waiting:
            if fault.fits(method, chat):
                fault.times -= 1
                self._waiting = [fault for fault in self._waiting if fault.times > 0]
                return fault
        return None

    def list(self) -> list[Fault]:
        """Give those that are still to come."""
        return [*self._waiting]
