"""Set up structured logs: event names are static, variable data is in fields.

All log events, ours and those of libraries through `logging`, pass one chain of processors. Its end
redacts them, including exceptions and tracebacks.
"""

import logging
import sys
from collections.abc import Collection
from functools import partial
from typing import TextIO, cast

import structlog
from structlog.stdlib import BoundLogger
from structlog.typing import EventDict, Processor, WrappedLogger

from kernel.privacy.redaction import redact

_TALKATIVE = ("httpx", "httpcore", "urllib3", "alembic", "procrastinate", "asyncio", "rasa_sdk")
"""Libraries that log each request at INFO; they are logged from WARNING on."""

_OURS = frozenset({"event", "level", "timestamp", "logger"})


def get_logger(name: str) -> BoundLogger:
    """Return a module's logger: `get_logger(__name__)`. May be called before `configure`."""
    return cast("BoundLogger", structlog.get_logger(name))


def configure(
    level: str = "INFO",
    *,
    json: bool = False,
    stream: TextIO | None = None,
    hide: Collection[str] = (),
) -> None:
    """Set up logging for this process. A second call replaces the first.

    Args:
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
        json: one JSON object a line instead of text for people.
        stream: standard error when not given.
        hide: names of fields with personal data (`kernel.privacy.personal.log_names`).

    Raises:
        ValueError: `level` is not a log level.
    """
    target = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(
            colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                partial(redact_event, hide=frozenset(hide)),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.setLevel(level.upper())
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def redact_event(
    _logger: WrappedLogger, _method: str, event: EventDict, hide: Collection[str] = ()
) -> EventDict:
    """Mask secrets and personal data in an event's fields and texts (structlog processor)."""
    return {
        key: value if key in _OURS and key != "event" else redact(value, key, hide)
        for key, value in event.items()
    }
