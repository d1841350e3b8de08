"""Logs on standard error: text for people, or one JSON object a line for machines, whoever writes the line; foreign text in it can be seen and not obeyed."""

import io
import logging
import os
import sys
import threading
from typing import TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typer import TyperException

from sentistream.settings import ServiceSettings
from sentistream.terminal import shown_lines, shown_within

STAMPED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
"""What every line carries, whoever writes it."""
OF_LINES = frozenset({"exception", "stack"})
"""What has lines of its own also where people read it."""


def configure(settings: ServiceSettings) -> None:
    """Set up structlog and the standard library's loggers once, at the edge of a program."""
    as_json = settings.log_format == "json"
    # A descriptor of our own: while the JVM starts, number 2 is its log file.
    output = os.fdopen(os.dup(2), "w", buffering=1)
    rendered: list[Processor] = [_as_json]
    if not as_json:
        rendered = [_for_people, structlog.dev.ConsoleRenderer(colors=output.isatty(), pad_event_to=30)]
    structlog.configure(
        processors=[*STAMPED, structlog.processors.format_exc_info, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level]),
        # One write a line, so that lines of several threads and libraries don't mix.
        logger_factory=structlog.WriteLoggerFactory(output),
        cache_logger_on_first_use=False,
    )
    # Libraries that log by themselves speak only when something is wrong.
    if as_json:
        handler = logging.StreamHandler(output)
        handler.setFormatter(_json_formatter())
        logging.basicConfig(level=logging.ERROR, handlers=[handler])
        # It would set up handlers of its own.
        os.environ.setdefault("MLFLOW_CONFIGURE_LOGGING", "false")
    else:
        for_people = logging.StreamHandler(sys.stderr)
        for_people.setFormatter(_Seen("%(name)s: %(message)s"))
        logging.basicConfig(level=logging.ERROR, handlers=[for_people])
    _catch_what_is_no_log()
    # What a batch raises is reported by the job itself; py4j would print its traceback too.
    logging.getLogger("py4j").setLevel(logging.CRITICAL)
    # Some of it goes to the root logger (`py4j.java_gateway`).
    logging.getLogger().addFilter(_is_not_of_py4j)
    if settings.log_level != "DEBUG":
        # Each try to reach a broker is several of its lines; who waits for the broker says so once, and what is wrong is raised.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)


def warn_of_readable_secrets(settings: ServiceSettings) -> None:
    """Say which secrets every user of the machine can read."""
    for variable, file in settings.readable_secrets.items():
        structlog.get_logger().warning(
            "others can read a secret", variable=variable, file=str(file), remedy=f"chmod o= {file}"
        )


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    return "py4j" not in record.pathname


def _for_people(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: shown_lines(each) if name in OF_LINES else shown_within(each) for name, each in event.items()}


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    # An end of a line is none in JSON; NumPy's floats are some to Python, and none to orjson.
    return orjson.dumps(shown_within(event, shown_lines), default=str).decode()


class _Seen(logging.Formatter):
    """For what libraries say to people."""

    def format(self, record: logging.LogRecord) -> str:
        return shown_lines(super().format(record))


def _json_formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*STAMPED, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _as_json,
        ],
    )


def _catch_what_is_no_log() -> None:
    """Have Python's warnings, and what ends a thread or is raised where nobody can catch it, logged as one line each."""
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.WARNING)
    log = structlog.get_logger()

    def in_thread(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_type is not SystemExit:
            log.error("a thread failed", thread=ended.thread and ended.thread.name, exc_info=ended.exc_value)

    def unraisable(raised: "sys.UnraisableHookArgs") -> None:
        log.error("an exception was ignored", where=repr(raised.object), exc_info=raised.exc_value)

    threading.excepthook = in_thread
    sys.unraisablehook = unraisable


class JsonLines(io.TextIOBase):
    """Standard error of a program whose lines are all JSON: what is written as text comes out as an event a line."""

    def __init__(self, output: TextIO) -> None:
        self._logger = structlog.wrap_logger(
            structlog.WriteLogger(output), processors=[*STAMPED, structlog.processors.format_exc_info, _as_json]
        )
        self._begun = ""
        self._writing = threading.Lock()

    def write(self, text: str) -> int:
        """Log the lines that are complete; the rest waits for its end."""
        with self._writing:
            *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line.strip():
                self._logger.info(line.rstrip())
        return len(text)

    def error(self, sentence: str, failure: BaseException | None = None) -> None:
        """Log what ended the program, with the traceback of a failure that is nobody's mistake but ours."""
        self._logger.error(sentence, **({"exc_info": failure} if failure else {}))

    def usage(self, refused: TyperException) -> None:
        """Log what is wrong with the arguments."""
        self.error(refused.format_message())


def json_on_standard_error() -> JsonLines:
    """Make `sys.stderr` `JsonLines` for the rest of the program."""
    # A descriptor of our own here, too.
    lines = JsonLines(os.fdopen(os.dup(2), "w", buffering=1))
    sys.stderr = lines
    return lines
