"""Structured logs on standard error: JSON for machines, text for people."""

import logging
import os
import sys

import orjson
import structlog

from sentistream.settings import ServiceSettings


def configure(settings: ServiceSettings) -> None:
    """Set up structlog once, at the edge of a program."""
    renderer: structlog.typing.Processor
    if settings.log_format == "json":
        renderer = structlog.processors.JSONRenderer(
            serializer=lambda event, **_: orjson.dumps(event, default=str).decode()
        )
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=30)
    # A descriptor of our own: while the JVM starts, number 2 is its log file.
    output = os.fdopen(os.dup(2), "w", buffering=1)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level]),
        logger_factory=structlog.PrintLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    # Libraries that log by themselves speak only when something is wrong.
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s: %(message)s")
    # What a batch raises is reported by the job itself; py4j would print its traceback too.
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
