"""A day of mixed payloads, as the sandbox sent them: statuses of many messages, every kind of inbound message, STOP and
START, preferences, templates, the number, the account; batched, doubled, late and reversed. Replayed forwards,
backwards and twice, it ends in the same rows.

The first line of `day.jsonl` names the messages; every other line is the body of one POST.
"""

import json
import random
from pathlib import Path

import pytest
from django.db import transaction

from communications import contacts
from communications.models import (
    AccountEvent,
    Channel,
    ConsentRecord,
    Contact,
    InboundMessage,
    Message,
    MessageStatus,
    MessageTemplate,
    ParkedStatus,
    WebhookEvent,
)
from communications.phone_numbers import parse
from communications.webhooks import processing

pytestmark = pytest.mark.django_db

LINES = (Path(__file__).parents[2] / "payloads" / "day.jsonl").read_bytes().splitlines()
SENT, BODIES = json.loads(LINES[0])["messages"], LINES[1:]


def send_everything():
    """The rows of the messages that the day is about, as they stood after they were sent."""
    for sent in SENT:
        Message.objects.create(
            id=sent["id"],
            wamid=sent["wamid"],
            contact=contacts.create_by_phone(parse(sent["to"]), evidence="sent to"),
            phone_number_id="676188225586230",
            to_number=sent["to"],
            kind="text",
            content={},
            status="accepted" if sent["wamid"] else "unconfirmed",
        )


def outcome():
    """Everything that the webhooks changed, without our own keys and clocks."""
    people = {
        contact.pk: tuple(sorted(contact.identities.filter(ended_at=None).values_list("kind", "value")))
        for contact in Contact.objects.prefetch_related("identities")
    }
    return {
        "messages": set(Message.objects.exclude(status="queued").values_list("id", "wamid", "status", "meta_code")),
        "timeline": set(MessageStatus.objects.values_list("message", "status", "at", "meta_code")),
        "inbound": {
            (each.wamid, each.kind, each.text, each.at, each.in_reply_to_id, people[each.contact_id])
            for each in InboundMessage.objects.all()
        },
        "consent": {
            (people[each.contact_id], each.kind, each.scope, each.source, each.at)
            for each in ConsentRecord.objects.all()
        },
        "people": {
            (people[each.pk], each.name, each.last_wrote_at, each.opted_out_at, each.marketing_opted_out_at)
            for each in Contact.objects.all()
        },
        "templates": set(MessageTemplate.objects.values_list("name", "language", "status", "quality", "category")),
        "channel": set(Channel.objects.values_list("quality_rating", "messaging_limit", "throughput", "paused_at")),
        "account": set(AccountEvent.objects.values_list("field", "event", "at")),
        "parked": ParkedStatus.objects.count(),
    }


def replay(bodies, *, at_once):
    """Store and process `bodies` in this order, in a world of its own; return what came of it."""
    with transaction.atomic():
        send_everything()
        events = [WebhookEvent.objects.create(body=body) for body in bodies]
        if at_once:
            processing.process_due(limit=len(events))
        else:
            for event in events:
                processing.process(event)
        assert not WebhookEvent.objects.exclude(error="").exists()
        result = outcome()
        transaction.set_rollback(True)
    return result


@pytest.fixture(scope="module")
def shuffled():
    bodies = BODIES * 2
    random.Random(11).shuffle(bodies)
    return bodies


def test_day_holds_something_of_everything():
    result = replay(BODIES, at_once=False)

    assert {status for _id, _wamid, status, _code in result["messages"]} >= {"sent", "delivered", "read", "failed"}
    assert len({kind for _wamid, kind, *_rest in result["inbound"]}) >= 12
    assert {source for _who, _kind, _scope, source, _at in result["consent"]} == {"word", "preference", "refusal"}
    assert result["parked"] == 0
    assert result["templates"]
    assert result["channel"] == {("GREEN", "TIER_10K", "", None)}


@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "at once"])
def test_day_ends_the_same_forwards_backwards_and_shuffled_twice(shuffled, at_once):
    forwards = replay(BODIES, at_once=False)

    assert replay(BODIES[::-1], at_once=at_once) == forwards
    assert replay(shuffled, at_once=at_once) == forwards
