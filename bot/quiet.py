"""Hours in which nobody is woken by what they did not ask for."""

from dataclasses import dataclass
from datetime import datetime, time

from bot.pushes import Urgency
from kernel.clock import SHANGHAI


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` until before `ends`, in Shanghai, usually over midnight; equal means never."""

    begins: time = time(21)
    ends: time = time(8)

    def now(self, moment: datetime) -> bool:
        """Tell whether pushes wait at `moment` (aware)."""
        local = moment.astimezone(SHANGHAI).time()
        if self.begins <= self.ends:
            return self.begins <= local < self.ends
        return local >= self.begins or local < self.ends

    def lets(self, moment: datetime) -> Urgency:
        """Tell the least urgent of what may go out at `moment`; replies always may."""
        return Urgency.REPLY if self.now(moment) else Urgency.BROADCAST
