"""Parse days in addresses."""

from datetime import date

from api.contract.wire import in_range


def day(text: str | None) -> date | None:
    """Parse a day of an address; None when it is invalid."""
    try:
        return in_range(date.fromisoformat(text)) if text else None
    except ValueError:
        return None
