"""What a line of the log looks like: with the id of its request, without secrets, one traceback for one trouble."""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any, Final

from integrations import trace
from portal.redaction import redacted, redacted_all

# Seconds for which the same traceback is not written again.
SAME_FOR: Final = 60.0
TRACEBACK: Final = "Traceback (most recent call last)"
KNOWN: Final = "was_told"  # on a record: it was written before, within that time


class Formatter(logging.Formatter):
    """Time, level, logger, message, and the id of the request or job; what looks like a secret is hidden."""

    def format(self, record: logging.LogRecord) -> str:
        record.trace = trace.current() or "-"
        return redacted(super().format(record))


class JsonFormatter(logging.Formatter):
    """The same as one JSON object a line: time in UTC, a traceback and further facts in fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if current := trace.current():
            line["request_id"] = current
        line |= redacted_all(getattr(record, "facts", {}))
        if record.exc_info:
            line["exception"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class OneLine(logging.Filter):
    """Leave the traceback out: the sentence says all."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        return True


class BrokenPages(logging.Filter):
    """Only what broke: a 503 of `/readyz` is an answer, and is in the access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


class OneTraceback(logging.Filter):
    """Write a traceback once a minute: what breaks for everybody at once is one trouble, and not hundreds."""

    def __init__(self) -> None:
        super().__init__()
        self._until: dict[tuple[object, ...], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.exc_info, tuple) and record.exc_info[0]:
            kind, _error, frames = record.exc_info
            if self._is_known(_place(kind, frames)):
                setattr(record, KNOWN, True)
                record.exc_info = record.exc_text = None
                record.msg, record.args = f"{record.getMessage()} ({kind.__name__}, as before)", None
        elif TRACEBACK in (text := record.getMessage()):
            # The job library logs the text of a traceback as its message.
            first, *_more, last = text.strip().splitlines()
            if self._is_known((last,)):
                setattr(record, KNOWN, True)
                record.msg, record.args = f"{first} (as before)", None
        return True

    def _is_known(self, trouble: tuple[object, ...]) -> bool:
        now = time.monotonic()
        self._until = {one: until for one, until in self._until.items() if until > now}
        if trouble in self._until:
            return True
        self._until[trouble] = now + SAME_FOR
        return False


def _place(kind: object, frames: Any) -> tuple[object, ...]:
    """Where it was raised. The page that asked does not count: an outage breaks all of them at one place."""
    while frames is not None and frames.tb_next is not None:
        frames = frames.tb_next
    return (kind, frames.tb_frame.f_code.co_filename, frames.tb_lineno) if frames is not None else (kind,)
