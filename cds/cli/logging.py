"""Logs: structured events on standard error, a JSON object a line, without anything of a patient."""

import logging
import os
import re
import sys
from typing import Any

import orjson
import structlog

log = structlog.get_logger("clinicards")

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_KIND = re.compile(r"[A-Za-z][A-Za-z' ]*")


def configure(level: str) -> None:
    """Set up structlog once for this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        # A line and its end in one write: the lines of several workers would mix otherwise.
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    # Libraries log URLs and values at debug, and messages of exceptions at error: they get to say their
    # name at warning and above, whatever our level is.
    others = logging.StreamHandler(sys.stderr)
    others.setFormatter(_NameOnly())
    logging.basicConfig(level=logging.WARNING, handlers=[others])


class _NameOnly(logging.Formatter):
    """Says who has something to say, and of which kind an exception is; messages may hold what came in."""

    def format(self, record: logging.LogRecord) -> str:
        """Return level, name and the type of the exception."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        return f"{record.levelname} {record.name} {kind}".rstrip()


class _ServerEvents(logging.Handler):
    """Turns what gunicorn says into events of ours.

    The main process knows no request, so its messages stay whole. A worker's may quote a request line, a
    header or an address: of those only the words before the first quotation are kept.
    """

    def __init__(self) -> None:
        super().__init__()
        self._main = os.getpid()

    def emit(self, record: logging.LogRecord) -> None:
        """Log one message as an event."""
        found = _KIND.match(str(record.msg))
        message = (
            record.getMessage() if os.getpid() == self._main else (found.group().strip() if found else "")
        )
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log.log(record.levelno, "server", message=message, **({"error": error} if error else {}))


def server_logger() -> type:
    """Return the logger class for gunicorn; it is made here because gunicorn is not there on every system."""
    from gunicorn.glogging import Logger

    class ServerLogger(Logger):  # type: ignore[misc]
        """gunicorn's logger with our handler in place of its own; there is no access log."""

        def setup(self, cfg: Any) -> None:
            """Set up as gunicorn does and hand its messages to us."""
            super().setup(cfg)
            self.error_log.handlers[:] = [_ServerEvents()]

    return ServerLogger
