"""What leaders on duty need done by itself: silence and the end of a session are noticed."""

from sqlalchemy.exc import SQLAlchemyError
from structlog import get_logger

from api.services.desk import Desk
from api.services.live import sweep
from kernel.database import Database

PAUSE = 2.0
"""Seconds between two looks: how much later than due a citizen may hear of it."""

logger = get_logger(__name__)


async def sweeping(database: Database, desk: Desk) -> None:
    """Sweep for ever. All state is in the tables, so a kill in between loses nothing."""
    while True:
        try:
            handed = await database.run(sweep, desk)
        except SQLAlchemyError:
            logger.exception("live_sweep_failed")
        else:
            if handed:
                logger.info("live_handed_back", talks=handed)
        await desk.clock.sleep(PAUSE)
