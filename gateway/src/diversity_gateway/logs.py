"""Logs as one JSON object a line on standard error."""

import logging
import sys
from datetime import UTC, datetime

import orjson

from diversity_gateway.request_context import current_request_id, current_trace

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """Time, level, logger, message, request id, trace and span, and whatever `extra` held."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; an exception's traceback goes under `exception`."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": current_request_id(),
        }
        if (trace := current_trace()) is not None:
            entry |= {"trace_id": trace.trace_id, "span_id": trace.span_id}
        entry |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def configure(level: str) -> None:
    """Send every logger's lines to standard error as JSON. Called once, by `main`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Nothing of these is written; they are a fifth of what a line costs (the library's own advice).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in ("httpx", "httpcore", "uvicorn.access"):  # one line a request is enough
        logging.getLogger(name).setLevel(logging.WARNING)
