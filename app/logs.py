"""Logs: one JSON object a line on standard error, with the request's id, without secrets, bodies or transcripts."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from typing import Final

from app.times import iso, now

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

_NUMBER: Final = re.compile(r"(\+|%2[Bb])\d{5,13}(?=\d{2})")
_KEY: Final = re.compile(r"\b(sk_(?:live|test)_|whsec_)[A-Za-z0-9_\-+/=]+")
# Libraries that log what was said, or whom we call, or each of their steps.
_TALKATIVE: Final = ("rq", "twilio.http_client", "httpx2", "httpcore2", "openai", "peewee", "urllib3")


def configure(level: str) -> None:
    """Send everything from `level` on to standard error as JSON lines."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(_JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[output], force=True)
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)


def masked(text: str) -> str:
    """`text` with keys and all but the last two digits of phone numbers taken out."""
    return _KEY.sub(r"\1…", _NUMBER.sub(r"\1…", text))


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": iso(now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
            "requestId": request_id.get(),
        }
        if record.exc_info:
            line["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False)
