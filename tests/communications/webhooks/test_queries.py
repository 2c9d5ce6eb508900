"""How many queries it takes: as many for one update of each kind as for hundreds."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communications.models import (
    AccountEvent,
    Channel,
    Contact,
    ContactIdentity,
    IdentityConflict,
    InboundMessage,
    Message,
    MessageStatus,
    ParkedStatus,
    Status,
)
from communications.webhooks.processing import process_due
from tests.communications.webhooks.posts import NUMBER, USER_ID, change, keep, receive, shell, status, written_by
from tests.conftest import WEBHOOK_PATH, signature_of

pytestmark = pytest.mark.django_db


def mixed(count, sent_message, area):
    """`count` times every kind of update, all of them new."""
    changes = []
    for number in range(count):
        phone = f"1202{area}{number:04}"
        settled, recorded, refused = (sent_message(f"+{phone}") for _ in range(3))
        Message.objects.filter(pk=recorded.pk).update(wamid=f"wamid.recorded.{phone}", status=Status.ACCEPTED)
        ParkedStatus.objects.create(
            wamid=f"wamid.settled.{phone}", status="delivered", at="2026-11-22T12:00Z", fingerprint=phone
        )
        ContactIdentity.objects.create(
            contact=settled.contact, kind="user_id", value=f"US.{phone}", evidence="test"
        )  # fmt: skip
        person = {"phone": phone, "from_user_id": f"US.{phone}"}
        statuses = [
            status("sent", settled, wamid=f"wamid.settled.{phone}", recipient_id=phone),
            status("read", wamid=f"wamid.recorded.{phone}", recipient_id=phone),
            status("failed", refused, wamid=f"wamid.refused.{phone}", errors=[{"code": 131050}], recipient_id=phone),
            status("read", wamid=f"wamid.unknown.{phone}", recipient_id=phone),
        ]
        messages = [
            written_by(when=1795348900, text="STOP", context={"id": f"wamid.recorded.{phone}"}, **person),
            written_by(f"1203{area}{number:04}"),
            written_by(phone, when=1795348950, from_user_id=f"US.other.{phone}"),
            {"id": f"wamid.system.{phone}", "from": f"1203{area}{number:04}", "timestamp": "1795348980",
             "type": "system", "system": {"type": "user_changed_number", "wa_id": f"1204{area}{number:04}"}},
        ]  # fmt: skip
        template = {"event": "APPROVED", "message_template_name": phone, "message_template_language": "en-US"}
        changes += [
            change(
                statuses=statuses,
                messages=messages,
                contacts=[{"wa_id": phone, "profile": {"name": f"Person {number}"}}],
                errors=[{"code": 131000, "title": phone}],
            ),
            change("calls", calls=[{"from": phone, "timestamp": "1795348990"}]),
            change("user_preferences", user_preferences=[{"wa_id": phone, "value": "stop", "timestamp": 1795348990}]),
            {"field": "message_template_status_update", "value": template},
            {"field": "business_capability_update", "value": {"max_daily_conversation_per_phone": number}},
        ]
    return changes


def queries_of_processing():
    with CaptureQueriesContext(connection) as queries:
        assert process_due() == 1
    return len(queries)


def test_number_of_queries_does_not_grow_with_the_number_of_updates(sent_message):
    Channel.objects.create(phone_number_id=NUMBER)
    keep(*mixed(1, sent_message, "555"), time=1795348800)
    for_one = queries_of_processing()
    keep(*mixed(30, sent_message, "556"), time=1795349800)

    for_many = queries_of_processing()

    if connection.vendor == "postgresql":
        assert for_many == for_one
    # Django cuts its lists for SQLite, which takes 999 values at once.
    assert for_many <= 2 * for_one < 180
    assert MessageStatus.objects.count() == 31 * 4
    assert InboundMessage.objects.count() == 31 * 4
    assert AccountEvent.objects.count() == 31 * 3
    assert ParkedStatus.objects.count() == 31
    assert IdentityConflict.objects.count() == 31 * 2
    assert Contact.objects.exclude(opted_out_at=None).exclude(marketing_opted_out_at=None).count() == 31


@pytest.mark.parametrize("count", [1, 300])
def test_statuses_alone_take_a_handful_of_queries(sent_message, count):
    statuses = [status("read", sent_message(), wamid=f"wamid.{number}") for number in range(count)]
    keep(change(statuses=statuses))

    number = queries_of_processing()

    assert number <= (24 if connection.vendor == "postgresql" else 30)
    assert MessageStatus.objects.count() == count


def test_number_of_queries_does_not_grow_with_the_number_of_webhooks(sent_message):
    def queries_for(count):
        for _ in range(count):
            message = sent_message()
            keep(change(statuses=[status("read", message, wamid=f"wamid.{message.pk}")]))
        with CaptureQueriesContext(connection) as queries:
            assert process_due() == count
        return len(queries)

    queries_for(1)  # teaches the names
    assert queries_for(1) == queries_for(50)


def test_storing_a_post_of_a_thousand_updates_takes_three_queries_at_most(sandbox, client):
    items = [written_by(when=1795348900 + number, from_user_id=USER_ID) for number in range(1000)]
    body = json.dumps(shell(change(messages=items))).encode()

    with CaptureQueriesContext(connection) as queries:
        client.post(WEBHOOK_PATH, body, content_type="application/json", headers=signature_of(body))

    [stored] = [
        position
        for position, query in enumerate(queries.captured_queries, start=1)
        if "INSERT INTO communications_webhookevent" in query["sql"].replace('"', "")
    ]
    assert stored <= 3
    assert InboundMessage.objects.count() == 1000


def test_webhook_that_changes_nothing_takes_few_queries(sent_message):
    receive(status("read", sent_message()))
    keep({"field": "later", "value": {}})

    assert queries_of_processing() <= 10
