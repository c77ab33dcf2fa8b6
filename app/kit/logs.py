"""Logs as JSON lines: when, how grave, from where, and what; never a value that was handled."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

LOGGERS = ("selaras", "uvicorn.error")


def set_up(form: str) -> None:
    """Write `json` lines to standard error from here on; `text` leaves everything as it is."""
    if form != "json":
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False


class JsonLines(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        # When somebody answered is told to the minute and no closer.
        answering = getattr(record, "answering", False)
        line: dict[str, Any] = {
            "at": at.strftime("%Y-%m-%dT%H:%MZ") if answering else at.isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := getattr(record, "request_id", None):
            line["request_id"] = request_id
        if asked := getattr(record, "asked", None):
            line |= {"method": asked.method, "route": asked.route, "status": asked.status}
            line["ms"] = round(asked.seconds * 1000, 1)
        if record.exc_info and record.exc_info[0] is not None:
            # Its message and the values around it may hold an answer or an address.
            frames = traceback.extract_tb(record.exc_info[2])[-3:]
            line["error"] = record.exc_info[0].__name__
            line["where"] = [f"{frame.name}:{frame.lineno}" for frame in reversed(frames)]
        return json.dumps(line, ensure_ascii=False)
