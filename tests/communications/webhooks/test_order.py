"""Any permutation, duplication, merge or split of the same webhooks ends in the same rows."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communications import consent, contacts
from communications.models import (
    ConsentRecord,
    Contact,
    ContactIdentity,
    InboundMessage,
    Message,
    MessageStatus,
    ParkedStatus,
    Status,
    WebhookEvent,
)
from communications.phone_numbers import parse
from communications.statuses import join_parked
from communications.webhooks.processing import process_due
from tests.communications.webhooks.posts import FAILURE, change, shell

pytestmark = pytest.mark.django_db(transaction=True)

PHONES = ["12025550100", "12025550111", "5511987654321"]
START = 1795348800
OUR_IDS = [uuid4() for _ in range(3)]

# What one example knows beforehand: our row as it stands while the first webhook is on its way.
ROWS = st.sampled_from(["wamid recorded", "answer lost", "wamid recorded later", "row of another installation"])


@st.composite
def statuses_of_messages(draw, messages):
    """Steps of our messages, each named in one of the ways in which Meta names it."""
    number = draw(st.sampled_from(sorted(messages)))
    name = draw(st.sampled_from(["sent", "delivered", "read", "played", "failed"]))
    item = {"status": name, "timestamp": str(START + draw(st.integers(0, 5)))}
    named_by = draw(st.sampled_from(["our ID", "wamid", "both"]))
    if named_by != "our ID":
        item["id"] = f"wamid.{number}"
    if named_by != "wamid":
        item["biz_opaque_callback_data"] = str(OUR_IDS[number])
    if draw(st.booleans()):
        item |= {"recipient_id": PHONES[number], "recipient_user_id": f"US.{number}"}
    if name == "failed":
        item["errors"] = draw(st.sampled_from([FAILURE, [{"code": 131049}], [{"code": 131050}]]))
        if item["errors"][0]["code"] == 131050:
            # Evidence is kept once: Meta repeats a refusal with its time.
            item["timestamp"] = str(START + number)
    return change(statuses=[item])


@st.composite
def messages_to_us(draw):
    number = draw(st.integers(0, 2))
    when = START + draw(st.integers(0, 5))
    body = draw(st.sampled_from(["STOP", "START", "Hello"]))
    # Who writes twice in one second writes two messages.
    item = {"id": f"wamid.in.{number}.{when}.{body}", "timestamp": str(when), "from": PHONES[number],
            "from_user_id": f"US.{number}", "type": "text", "text": {"body": body}}  # fmt: skip
    return change(messages=[item])


@st.composite
def choices_and_calls(draw):
    number, when = draw(st.integers(0, 2)), START + draw(st.integers(0, 5))
    if draw(st.booleans()):
        return change("calls", calls=[{"id": "wacid.1", "from": PHONES[number], "timestamp": str(when)}])
    value = draw(st.sampled_from(["stop", "resume"]))
    return change("user_preferences", user_preferences=[{"wa_id": PHONES[number], "value": value, "timestamp": when}])


@st.composite
def histories(draw):
    """What is known beforehand, what happens, and two ways in which Meta may tell it."""
    rows = {number: draw(ROWS) for number in range(3)}
    changes = draw(st.lists(statuses_of_messages(rows) | messages_to_us() | choices_and_calls(), max_size=12))
    for number, known in rows.items():
        if known == "answer lost":
            changes.append(_with_both_names(number))
    return rows, changes, draw(tellings(changes)), draw(tellings(changes))


def _with_both_names(number):
    item = {"id": f"wamid.{number}", "status": "sent", "timestamp": str(START + 3),
            "biz_opaque_callback_data": str(OUR_IDS[number])}  # fmt: skip
    return change(statuses=[item])


@st.composite
def tellings(draw, changes):
    """The same changes, some of them twice, in any order, cut into webhooks and these into batches."""
    doubled = draw(st.lists(st.sampled_from(changes), max_size=4)) if changes else []
    told = draw(st.permutations(changes + doubled))
    cuts = st.lists(st.sampled_from(["same change", "same webhook", "same batch", "later"]), min_size=len(told),
                    max_size=len(told))  # fmt: skip
    recording = draw(st.integers(0, len(told)))
    return list(zip(told, draw(cuts), strict=True)), recording


def webhooks(told):
    """Batches of webhooks, each a list of changes; items of neighbouring changes of one kind may share a change."""
    batches = []
    for item, cut in told:
        if cut == "later" or not batches:
            batches.append([[item]])
        elif cut == "same batch":
            batches[-1].append([item])
        elif cut == "same change" and batches[-1][-1][-1]["field"] == item["field"]:
            batches[-1][-1][-1] = merged(batches[-1][-1][-1], item)
        else:
            batches[-1][-1].append(item)
    return batches


def merged(first, second):
    value = dict(first["value"])
    for key, items in second["value"].items():
        if isinstance(items, list):
            value[key] = value.get(key, []) + items
    return {**first, "value": value}


def outcome(rows, told, recording):
    """Play one telling into an empty database and describe what is left; leaves nothing behind."""
    with transaction.atomic():
        prepare(rows)
        batches = webhooks(told)
        for position, batch in enumerate(batches):
            if position == min(recording, len(batches) - 1):
                record_wamids(rows)
            WebhookEvent.objects.bulk_create(WebhookEvent(body=json.dumps(shell(*each)).encode()) for each in batch)
            process_due()
        if not batches:
            record_wamids(rows)
        assert not WebhookEvent.objects.exclude(error="").exists()
        found = described()
        transaction.set_rollback(True)
    return found


def prepare(rows):
    for number, known in rows.items():
        contact = contacts.create_by_phone(parse(f"+{PHONES[number]}"), evidence="sent to")
        if number == 2:
            consent.record(
                [
                    ConsentRecord(
                        contact=contact, kind="opt_out", source="operator", at=datetime.fromtimestamp(START, UTC)
                    )
                ]
            )
        if known != "row of another installation":
            Message.objects.create(
                pk=OUR_IDS[number], contact=contact, kind="text", content={}, to_number=f"+{PHONES[number]}",
                wamid=f"wamid.{number}" if known == "wamid recorded" else None,
                status=Status.ACCEPTED if known == "wamid recorded" else Status.SENDING,
            )  # fmt: skip


def record_wamids(rows):
    """Meta's answer arrives: the wamid is recorded, and what waited for it is joined."""
    for number, known in rows.items():
        if known == "wamid recorded later":
            row = Message.objects.filter(pk=OUR_IDS[number])
            row.update(wamid=f"wamid.{number}")
            row.filter(status__in=Status.ACCEPTED.may_follow()).update(status=Status.ACCEPTED)
            join_parked()


def described():
    """Every row that this is about, without the keys that a database counts."""
    who = dict(ContactIdentity.objects.filter(kind="phone").values_list("contact", "value"))
    return {
        "messages": sorted(Message.objects.exclude(kind="text", status=Status.QUEUED).values_list(
            "pk", "status", "wamid", "failure_code", "failure_detail", "meta_code", "meta_details", "fbtrace_id")),
        "statuses": sorted(MessageStatus.objects.values_list("message", "status", "at", "meta_code"), key=str),
        "parked": set(ParkedStatus.objects.values_list("message_ref", "wamid", "status", "at", "meta_code")),
        "inbound": sorted(
            (wamid, who[contact], kind, text, at)
            for wamid, contact, kind, text, at in InboundMessage.objects.values_list(
                "wamid", "contact", "kind", "text", "at")),
        "contacts": sorted(
            (who[pk], wrote_at, opted_out_at, marketing_opted_out_at)
            for pk, wrote_at, opted_out_at, marketing_opted_out_at in Contact.objects.values_list(
                "pk", "last_wrote_at", "opted_out_at", "marketing_opted_out_at")
        ),
    }  # fmt: skip


@given(histories())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_same_updates_in_any_order_and_packing_end_in_the_same_rows(history):
    rows, _changes, first, second = history

    assert outcome(rows, *first) == outcome(rows, *second)
