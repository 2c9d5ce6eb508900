"""The rows of a batch: queued messages of one campaign, each to a person of its own; and what became of them."""

import time
from collections import Counter
from itertools import count

from django.db import connection
from django.db.models import Count

from benchmarks.measuring.production import NUMBER_ID
from communications.models import Campaign, Contact, ContactIdentity, Message, Status

TEXT = "Join me on Dott!"
_CHUNK = 5000
_numbers = count(2_000_000)


def queue(number: int) -> Campaign:
    """Write so many queued messages, of a campaign that is not running yet."""
    campaign = Campaign.objects.create(name=f"{number} messages")
    for start in range(0, number, _CHUNK):
        _write(campaign, [f"+1385{next(_numbers)}" for _ in range(min(_CHUNK, number - start))])
    with connection.cursor() as cursor:
        # As autovacuum does after a minute: PostgreSQL plans with what it knows of a table.
        cursor.execute(f"VACUUM ANALYZE {Message._meta.db_table}, {Contact._meta.db_table}")
    return campaign


def _write(campaign: Campaign, numbers: list[str]) -> None:
    contacts = Contact.objects.bulk_create(Contact() for _ in numbers)
    ContactIdentity.objects.bulk_create(
        ContactIdentity(contact=contact, kind="phone", value=number, evidence="sent")
        for contact, number in zip(contacts, numbers, strict=True)
    )
    Message.objects.bulk_create(
        Message(
            contact=contact,
            campaign=campaign,
            phone_number_id=NUMBER_ID,
            to_number=number,
            kind="text",
            text=TEXT,
            content={"type": "text", "text": {"body": TEXT}},
            status=Status.QUEUED,
            was_queued=True,
        )
        for contact, number in zip(contacts, numbers, strict=True)
    )


def statuses(campaign: Campaign) -> Counter[str]:
    found = Message.objects.filter(campaign=campaign).values_list("status").annotate(number=Count("pk"))
    return Counter(dict(found))


def wait_until_none_waits(campaign: Campaign, *, seconds: float) -> float:
    """Wait until every message has left the queue and is recorded; return when, in seconds of the monotonic clock.

    Raises TimeoutError.
    """
    return _wait(campaign, [Status.QUEUED, Status.SENDING], seconds)


def wait_until_none_is_sent(campaign: Campaign, *, seconds: float) -> float:
    """The same where messages may still be queued: until none is on its way."""
    return _wait(campaign, [Status.SENDING], seconds)


def _wait(campaign: Campaign, statuses_: list[Status], seconds: float) -> float:
    under_way = Message.objects.filter(campaign=campaign, status__in=statuses_)
    deadline = time.monotonic() + seconds
    while under_way.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not sent within {seconds:.0f} s: {dict(statuses(campaign))}")
        time.sleep(0.05)
    return time.monotonic()


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {Contact._meta.db_table}, {Campaign._meta.db_table} CASCADE")
