"""Where log lines go: stderr, as text or as one JSON object a line."""

import logging
import os
import sys
from collections.abc import Callable

import orjson
import structlog

from phantom.security.redaction import learn_environment, redacted

# Libraries whose `info` is our `debug`.
_CHATTY = (
    "uvicorn",
    "uvicorn.error",
    "alembic",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "websockets",
)
# A trace of every call, of no use to anybody who is not working on that library.
_TRACING = ("aiosqlite",)


def configure(level: str, *, as_json: bool) -> None:
    """Send structlog's and the standard library's lines of at least `level` to stderr.

    A line is redacted when it is whole, tracebacks and other libraries' words included.
    """
    learn_environment()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_dumps)]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR"),
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Redacting(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # DBOS brings a handler of its own unless there is one.
    dbos = logging.getLogger("dbos")
    dbos.handlers, dbos.propagate = [handler], False
    quiet = logging.DEBUG if level == "debug" else max(logging.WARNING, root.level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(quiet)
    for name in _TRACING:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Redacting(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def _dumps(line: object, default: Callable[[object], object]) -> str:
    return orjson.dumps(line, default=default).decode()
