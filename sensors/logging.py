"""Log lines as JSON: a static event, data in fields, no personal data, time in UTC."""

import logging
import sys
from typing import TextIO

import structlog


def configure(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Make every log line of this process one JSON object on *stream*, else standard error."""
    stream = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    # Libraries that use the standard module: warnings only, in their own plain form.
    logging.basicConfig(stream=stream, level=logging.WARNING, format="%(levelname)s %(message)s")
