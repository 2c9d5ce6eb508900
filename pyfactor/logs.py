"""How the log looks: one JSON object a line in production, a readable line while developing.

Numbers of people, links to their invitations and secrets in addresses are masked on the way out, whoever wrote the
line: an error of the database may name a row's values.
"""

import logging
import re
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from communications.phone_numbers import mask

# The end of the link to an invitation opens it, whoever has it.
_INVITATION_LINK = re.compile(r"/i/[^/\s?\"']+")
# E.164 with its plus sign, the same digits as PostgreSQL quotes them, `Key (value)=(13855007716)`, and in an address.
_NUMBER = re.compile(r"\+\d{7,15}\b|(?<==\()\d{7,15}(?=\))|(?<=/)\d{8,15}(?=/)")
# PostgreSQL tells all of a row that it does not take: words, names and numbers.
_ROW = re.compile(r"(Failing row contains \().*?(\)\.)(?=\s|\\n|\"|$)", re.DOTALL)
# What Meta is asked, and asks, with a secret in the address.
_SECRET = re.compile(r"((?:access|input|verify)_token=|Bearer )[^\s&\"']+")

# How every line names a message of ours: `Message 01a20455-… is failed`.
_ABOUT_A_MESSAGE = re.compile(r"\bmessage ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b", re.IGNORECASE)


def masked(text: str) -> str:
    """`+13855007716` becomes `+13*******16`, wherever it stands, and the link to an invitation `/i/…`."""
    text = _SECRET.sub(r"\1…", _ROW.sub(r"\1…\2", _INVITATION_LINK.sub("/i/…", text)))
    return _NUMBER.sub(lambda found: mask(found[0]), text)


class MaskedJSON(JsonFormatter):
    """time, level, logger, message, request ID, the ID of the message it is about, and the traceback of an error."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        if found := _ABOUT_A_MESSAGE.search(log_data["message"]):
            log_data["message_id"] = found[1]
        return super().process_log_record(log_data)

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class MaskedLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def logging_config(*, as_json: bool) -> dict[str, Any]:
    """Django's LOGGING."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": "django_guid.log_filters.CorrelationId", "correlation_id_field": "request_id"}},
        "formatters": {
            "line": {
                "()": MaskedLine,
                "format": "{asctime} {levelname} {name}: {message}",
                "style": "{",
            },
            "json": {
                "()": MaskedJSON,
                "format": "{levelname}{name}{message}{request_id}",
                "style": "{",
                "timestamp": "time",
                "rename_fields": {"levelname": "level", "name": "logger"},
                "json_ensure_ascii": False,
            },
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "json" if as_json else "line",
                "filters": ["request"],
            }
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        # Every request would be told twice, and so would every ring.
        "loggers": {
            name: {"level": "WARNING"} for name in ("django_guid", "celery.worker.strategy", "celery.app.trace")
        },
    }
