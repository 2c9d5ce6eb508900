"""Keep what Meta posted, byte for byte, and ring for whoever processes it."""

from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from psycopg import errors as postgres

from communications import broker
from communications.metrics import WEBHOOK_BATCH_SIZE, WEBHOOK_STORE_FAILURES, WEBHOOKS_ACCEPTED
from communications.models import WebhookEvent
from communications.webhooks import doorbell


def keep(body: bytes) -> WebhookEvent:
    """Store `body` and return its row; committed and raising like `keep_all`."""
    event = WebhookEvent(body=body)
    [event.pk] = _keep([body], like=event)
    return event


def keep_all(bodies: Sequence[bytes]) -> None:
    """Store `bodies` with one INSERT; they are committed when this returns.

    Raises DatabaseError or InterfaceError. Nothing is acknowledged then, though a commit may have gone through whose
    answer was lost: Meta sends it again, and processing it twice is the same as once.
    """
    _keep(bodies, like=WebhookEvent())


def reason(error: Exception) -> str:
    """Say in one line why the database did not take something."""
    if isinstance(error.__cause__, postgres.DiskFull) or "disk is full" in str(error):
        return "the database's disk is full"
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _keep(bodies: Sequence[bytes], *, like: WebhookEvent) -> list[int]:
    insert = _insert_and_ring if connection.vendor == "postgresql" else _insert
    try:
        ids = insert(bodies, like)
    except (DatabaseError, InterfaceError):
        WEBHOOK_STORE_FAILURES.inc()
        raise
    WEBHOOK_BATCH_SIZE.observe(len(ids))
    WEBHOOKS_ACCEPTED.inc(len(ids))
    broker.ring(broker.WEBHOOKS)
    return ids


def _insert(bodies: Sequence[bytes], like: WebhookEvent) -> list[int]:
    with transaction.atomic():
        return [event.pk for event in WebhookEvent.objects.bulk_create(WebhookEvent(body=body) for body in bodies)]


def _insert_and_ring(bodies: Sequence[bytes], like: WebhookEvent) -> list[int]:
    """Do all in one statement, without an object for each row, the bodies in one binary array.

    It takes twice as many as `bulk_create`. The ring comes with the commit, so that whoever wakes finds the rows.
    """
    values = _columns(like)
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    sql = (
        f"WITH kept AS (INSERT INTO {WebhookEvent._meta.db_table} (body, {names}) "  # noqa: S608 - the model's own names
        f"SELECT body, {places} FROM unnest(%b::bytea[]) WITH ORDINALITY AS posted (body, n) ORDER BY n RETURNING id) "
        "SELECT array_agg(id), pg_notify(%s, '') FROM kept"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values.values(), list(bodies), doorbell.CHANNEL])
        ids: list[int] = cursor.fetchone()[0]
    return ids


def _columns(like: WebhookEvent) -> dict[str, Any]:
    """The columns that are the same in every row, with their values; those that are empty are left out."""
    values = {
        str(field.column): field.get_db_prep_save(field.pre_save(like, True), connection)
        for field in WebhookEvent._meta.concrete_fields
        if not field.primary_key and field.name != "body"
    }
    return {column: value for column, value in values.items() if value is not None}
