"""What is measured while messages move: how long each step took, and why messages failed.

Measured after the commit, so that what is rolled back and done again is counted once. A label is a code of Meta's that
we know, or a word of ours: there are never more of them.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from prometheus_client import Histogram

from communications.errors import (
    Cancelled,
    InvalidMessage,
    NotSentInTime,
    RecipientOptedOut,
    SendFailed,
    ServiceUnavailable,
)
from communications.meta_codes import META_CODES
from communications.metrics import ACCEPTED_AFTER, DELIVERED_AFTER, FAILURES, WEBHOOKS_PROCESSED_AFTER
from communications.models import made_at

Span = tuple[datetime, datetime]

# A hundred codes that say the same.
_PERMISSIONS = range(200, 300)
# What a message can fail with that Meta was not asked about, or gave no code for.
_OUR_WORDS = {
    error.code
    for error in (Cancelled, InvalidMessage, NotSentInTime, RecipientOptedOut, SendFailed, ServiceUnavailable)
}


def accepted(spans: Iterable[Span], *, way: str) -> None:
    """WhatsApp took messages; `way` is `queue` or `direct`."""
    _observe(ACCEPTED_AFTER.labels(way), spans)


def delivered(spans: Iterable[Span]) -> None:
    """Messages came to the phone, from the moment in which they were handed to WhatsApp."""
    _observe(DELIVERED_AFTER, spans)


def webhooks_processed(spans: Iterable[Span]) -> None:
    _observe(WEBHOOKS_PROCESSED_AFTER, spans)


def failed(failures: Iterable[tuple[int | None, str]]) -> None:
    """Messages failed for good: Meta's code, if it was one, and our word for each."""
    labels = [_label(*failure) for failure in failures]
    if labels:
        transaction.on_commit(lambda: _count(labels), robust=True)


def could_go_at(message_id: UUID, due_at: datetime | None) -> datetime:
    """From when on a queued message could have been sent, as far as it knows: a pause of its list counts as waiting."""
    return due_at or made_at(message_id)


def _observe(histogram: Histogram, spans: Iterable[Span]) -> None:
    seconds = [max(0.0, (ended - began).total_seconds()) for began, ended in spans]
    if seconds:
        transaction.on_commit(lambda: _note(histogram, seconds), robust=True)


def _note(histogram: Histogram, seconds: Iterable[float]) -> None:
    for each in seconds:
        histogram.observe(each)


def _count(labels: Iterable[str]) -> None:
    for label in labels:
        FAILURES.labels(label).inc()


def _label(meta_code: int | None, word: str) -> str:
    if meta_code is None:
        return word if word in _OUR_WORDS else "unknown"
    if meta_code in _PERMISSIONS:
        return "200"
    return str(meta_code) if meta_code in META_CODES else "unknown"


for _code in sorted(META_CODES):
    FAILURES.labels(_label(_code, ""))
for _word in (*sorted(_OUR_WORDS), "unknown"):
    FAILURES.labels(_word)
