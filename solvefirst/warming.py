"""What the first message or case would wait for, and a start need not."""

from typing import TYPE_CHECKING

from nlu.emergency import warm
from solvefirst import models
from solvefirst.settings import Settings

if TYPE_CHECKING:
    from api.services.desk import Desk


def warm_up(settings: Settings, desk: "Desk | None", *, hears: bool) -> None:
    """Read the signs of danger where a process `hears` citizens; with a desk of cases the nation's
    days and the gazetteer of titles: a case is opened within a transaction."""
    if hears:
        warm(models.serving(settings))
    if desk is not None:
        desk.calendar.is_working(desk.clock.now().date())
        if desk.understanding is not None:
            desk.understanding.title("", known=(), hints=())
