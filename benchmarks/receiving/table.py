"""The database that a receiver works on: messages that Meta reports about, and older ones that stand in the way."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from benchmarks.receiving.updates import Sent
from communications.models import Contact, ContactIdentity, Message, Status, WebhookEvent

_CHUNK = 2000


def send(count: int) -> list[Sent]:
    """Write so many accepted messages, each to a person of its own, as if we had just sent them."""
    return [sent for start in range(0, count, _CHUNK) for sent in _send(start, min(_CHUNK, count - start))]


def _send(start: int, count: int) -> Iterator[Sent]:
    numbers = [f"1385{2_000_000 + position}" for position in range(start, start + count)]
    contacts = Contact.objects.bulk_create(Contact() for _ in numbers)
    ContactIdentity.objects.bulk_create(
        ContactIdentity(contact=contact, kind=kind, value=value, evidence="sent")
        for contact, number in zip(contacts, numbers, strict=True)
        for kind, value in (("phone", f"+{number}"), ("wa_id", number), ("user_id", f"US.{number}"))
    )
    messages = Message.objects.bulk_create(
        Message(
            contact=contact,
            phone_number_id="1",
            to_number=f"+{number}",
            kind="text",
            text="Join me on Dott!",
            content={"body": "Join me on Dott!"},
            status=Status.ACCEPTED,
            wamid=f"wamid.HBgL{number}FQIAERgS",
        )
        for contact, number in zip(contacts, numbers, strict=True)
    )
    for message, number in zip(messages, numbers, strict=True):
        yield Sent(str(message.pk), str(message.wamid), number, f"US.{number}")


def add_older(count: int) -> None:
    """Copy one message `count` times, with new IDs: rows that a growing table has anyway."""
    columns = [field.column for field in Message._meta.concrete_fields]
    fresh = {"id": "uuidv7()", "wamid": "'wamid.older.' || n", "status": "'read'"}
    values = ", ".join(fresh.get(column, f'template."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Message._meta.db_table} ({names}) SELECT {values} "
            f"FROM (SELECT * FROM {Message._meta.db_table} LIMIT 1) AS template, generate_series(1, %s) AS n",
            [count],
        )
        cursor.execute(f"ANALYZE {Message._meta.db_table}")


def events() -> int:
    return WebhookEvent.objects.count()


def due() -> int:
    return WebhookEvent.objects.filter(processed_at=None).count()


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {WebhookEvent._meta.db_table}")


def wait_until_processed(*, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while due() and time.monotonic() < deadline:
        time.sleep(0.2)


@contextmanager
def watched_lag() -> Iterator[list[float]]:
    """Give a list that grows by the age of the oldest unprocessed webhook, four times a second, until left."""
    lags = [0.0]
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(lags, stop))
    watcher.start()
    try:
        yield lags
    finally:
        stop.set()
        watcher.join()


def _watch(lags: list[float], stop: threading.Event) -> None:
    while not stop.wait(0.25):
        lags.append(_oldest_due_seconds())
    connection.close()


def _oldest_due_seconds() -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - received_at) "
            f"FROM {WebhookEvent._meta.db_table} WHERE processed_at IS NULL ORDER BY id LIMIT 1"
        )
        row = cursor.fetchone()
    return max(0.0, float(row[0])) if row else 0.0
