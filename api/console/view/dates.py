"""Days in addresses."""

from datetime import date

from api.contract.wire import in_range


def day(text: str | None) -> date | None:
    """Read a day off an address; None for what is none."""
    try:
        return in_range(date.fromisoformat(text)) if text else None
    except ValueError:
        return None
