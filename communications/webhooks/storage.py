"""Keep what Meta posted, byte for byte, and ring for whoever processes it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from psycopg import errors as postgres

from communications.metrics import WEBHOOK_BATCH_SIZE, WEBHOOK_STORE_FAILURES, WEBHOOKS_ACCEPTED
from communications.models import WebhookEvent
from communications.webhooks import doorbell


def keep(body: bytes) -> WebhookEvent:
    """Store `body` and return its row, once it is committed; raises like `keep_all`."""
    with _committed(1):
        return WebhookEvent.objects.create(body=body)


def keep_all(bodies: Sequence[bytes]) -> None:
    """Store `bodies` with one INSERT; they are committed when this returns.

    Raises DatabaseError or InterfaceError. Nothing is acknowledged then, though a commit may have gone through whose
    answer was lost: Meta sends it again, and processing it twice is the same as once.
    """
    with _committed(len(bodies)):
        if connection.vendor == "postgresql":
            _insert(bodies)
        else:
            WebhookEvent.objects.bulk_create(WebhookEvent(body=body) for body in bodies)


def reason(error: Exception) -> str:
    """Say in one line why the database did not take something."""
    if isinstance(error.__cause__, postgres.DiskFull) or "disk is full" in str(error):
        return "the database's disk is full"
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextmanager
def _committed(count: int) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            # With the commit, so that whoever wakes finds the rows.
            doorbell.ring()
    except (DatabaseError, InterfaceError):
        WEBHOOK_STORE_FAILURES.inc()
        raise
    WEBHOOK_BATCH_SIZE.observe(count)
    WEBHOOKS_ACCEPTED.inc(count)


def _insert(bodies: Sequence[bytes]) -> None:
    """Insert without an object for each row, all bodies in one binary array: twice as fast as `bulk_create`."""
    values = _same_for_all()
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    sql = (
        f"INSERT INTO {WebhookEvent._meta.db_table} (body, {names}) "  # noqa: S608 - the model's own names
        f"SELECT body, {places} FROM unnest(%b::bytea[]) WITH ORDINALITY AS posted (body, n) ORDER BY n"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values.values(), list(bodies)])


def _same_for_all() -> dict[str, Any]:
    """The columns of a new row with their values, except for its body and what is empty."""
    row = WebhookEvent()
    values = {
        str(field.column): field.get_db_prep_save(field.pre_save(row, True), connection)
        for field in WebhookEvent._meta.concrete_fields
        if not field.primary_key and field.name != "body"
    }
    return {column: value for column, value in values.items() if value is not None}
