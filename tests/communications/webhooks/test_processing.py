"""What a stored webhook changes: forward only, in any order, however often."""

import itertools
import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communications.models import Contact, ContactIdentity, Message, MessageStatus, Status, WebhookEvent
from communications.webhooks.processing import process

pytestmark = pytest.mark.django_db

NUMBER = "676188225586230"
WAMID = "wamid.HBgLMTIwMjU1NTAxMDAVAgARGBI2QjQ4RkY5Njc0NTQ5QjQ4MjkA"
STEPS = {"sent": 1795348801, "failed": 1795348802, "delivered": 1795348803, "read": 1795348807}
USER_ID = "US.13491208655302741918"
FAILURE = [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Message Undeliverable."}}]


def status(name, message=None, wamid=WAMID, **changes):
    item = {"id": wamid, "status": name, "timestamp": str(STEPS[name]), "recipient_id": "12025550100"}
    if message:
        item["biz_opaque_callback_data"] = str(message.pk)
    if name == "failed":
        item["errors"] = FAILURE
    return item | changes


def receive(*statuses, messages=(), number=NUMBER):
    value = {"metadata": {"phone_number_id": number}, "statuses": statuses, "messages": messages}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    return receive_body(body)


def receive_body(body):
    event = WebhookEvent.objects.create(body=body)
    process(event)
    event.refresh_from_db()
    return event


def timeline(message):
    return {step.status: int(step.at.timestamp()) for step in message.statuses.all()}


def written_by(phone, when=1795348900, **changes):
    return {"from": phone, "from_user_id": USER_ID, "id": "wamid.in", "timestamp": str(when), "type": "text"} | changes


# Order and repetition


@pytest.mark.parametrize("batched", [True, False], ids=["one webhook", "one webhook each"])
@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])), ids="-".join)
@pytest.mark.parametrize("times", [1, 2], ids=["once", "doubled"])
def test_statuses_in_any_order_end_in_the_same_rows(sent_message, order, batched, times):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)
    items = [status(name, message) for name in order] * times

    for batch in [items] if batched else [[item] for item in items]:
        receive(*batch)

    message.refresh_from_db()
    assert message.status == Status.READ
    assert timeline(message) == {name: STEPS[name] for name in order}
    assert (message.failure_code, message.meta_code) == ("", None)


@pytest.mark.parametrize("batched", [True, False], ids=["one webhook", "one webhook each"])
@pytest.mark.parametrize(
    "order",
    [order for size in (2, 3, 4) for order in itertools.permutations(STEPS, size) if "failed" in order],
    ids="-".join,
)
def test_failed_stands_above_sent_and_below_delivered_in_any_order(sent_message, order, batched):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    for batch in [order] if batched else [[name] for name in order]:
        receive(*(status(name, message) for name in batch))

    message.refresh_from_db()
    assert message.status == max(order, key=["sent", "failed", "delivered", "read"].index)
    assert timeline(message) == {name: STEPS[name] for name in order}


@pytest.mark.parametrize("earlier", [Status.QUEUED, Status.SENDING, Status.UNCONFIRMED, Status.ACCEPTED, Status.HELD])
@pytest.mark.parametrize("name", STEPS)
def test_any_status_is_evidence_over_what_we_knew_before(sent_message, earlier, name):
    message = sent_message(status=earlier)

    receive(status(name, message))

    message.refresh_from_db()
    assert message.status == name


def test_delivered_may_never_come(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    receive(status("read", message))

    message.refresh_from_db()
    assert message.status == Status.READ
    assert timeline(message) == {"read": STEPS["read"]}


def test_earliest_of_two_times_in_one_webhook_counts(sent_message):
    message = sent_message(wamid=WAMID)

    receive(status("read", message, timestamp="1795348810"), status("read", message))

    assert timeline(message) == {"read": STEPS["read"]}


# Finding the message


def test_status_finds_its_message_by_our_id_before_the_wamid_is_known(sent_message):
    message = sent_message()

    receive(status("delivered", message))

    message.refresh_from_db()
    assert (message.status, message.wamid) == (Status.DELIVERED, WAMID)


def test_status_finds_its_message_by_the_wamid_alone(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    receive(status("delivered"))

    message.refresh_from_db()
    assert message.status == Status.DELIVERED


def test_status_finds_its_message_by_our_id_without_a_wamid(sent_message):
    message = sent_message()

    receive(status("sent", message, wamid=None))

    message.refresh_from_db()
    assert (message.status, message.wamid) == (Status.SENT, None)


def test_unconfirmed_message_is_settled_and_takes_its_wamid(sent_message):
    message = sent_message(status=Status.UNCONFIRMED, failure_code="delivery_unconfirmed")

    receive(status("sent", message))

    message.refresh_from_db()
    assert (message.status, message.wamid) == (Status.SENT, WAMID)


def test_recorded_wamid_is_kept(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid="wamid.first")

    receive(status("sent", message, wamid="wamid.other"))

    message.refresh_from_db()
    assert message.wamid == "wamid.first"


def test_status_of_a_message_that_is_not_ours_changes_nothing(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    event = receive(status("read", wamid="wamid.unknown"))

    message.refresh_from_db()
    assert event.error == ""
    assert message.status == Status.ACCEPTED
    assert not MessageStatus.objects.exists()


def test_webhook_about_another_number_changes_nothing(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    event = receive(status("read", message), messages=[written_by("12025550100")], number="111111111111111")

    message.refresh_from_db()
    assert event.processed_at is not None
    assert message.status == Status.ACCEPTED
    assert not MessageStatus.objects.exists()
    assert not Contact.objects.filter(last_wrote_at__isnull=False).exists()


# Failures


def test_failure_is_explained_in_words_and_in_metas_own(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    receive(status("failed", message))

    message.refresh_from_db()
    assert (message.status, message.failure_code, message.meta_code) == (Status.FAILED, "send_failed", 131026)
    assert "not on WhatsApp" in message.failure_detail
    assert message.meta_details == "Message Undeliverable."
    assert message.statuses.get().meta_code == 131026


@pytest.mark.parametrize("reached", [Status.DELIVERED, Status.READ])
def test_failed_never_overwrites_delivered_or_read(sent_message, reached):
    message = sent_message(status=reached, wamid=WAMID)

    receive(status("failed", message))

    message.refresh_from_db()
    assert (message.status, message.failure_code, message.meta_code) == (reached, "", None)


@pytest.mark.parametrize(
    "errors",
    [None, [], {}, ["x"], [None], [{}], [{"code": "x"}], [{"code": 2**40}], [{"code": 131026, "error_data": "x"}],
     [{"code": 131026, "error_data": {"details": {"a": 1}}}], [{"code": 5, "title": "\x00", "x": "\ud83d"}]],
    ids=ascii,
)  # fmt: skip
def test_failure_with_odd_errors_is_recorded_and_takes_no_neighbour_down(sent_message, errors):
    failed, neighbour = sent_message(), sent_message()

    event = receive(status("failed", failed, errors=errors), status("read", neighbour, wamid="wamid.neighbour"))

    failed.refresh_from_db()
    neighbour.refresh_from_db()
    assert event.error == ""
    assert (failed.status, failed.failure_code) == (Status.FAILED, "send_failed")
    assert neighbour.status == Status.READ


def test_failed_webhook_keeps_its_error_and_can_be_processed_again(sent_message, settings):
    message = sent_message(wamid=WAMID)
    event = receive_body(b"not JSON")
    assert event.processed_at is None

    WebhookEvent.objects.filter(pk=event.pk).update(
        body=json.dumps(
            {"entry": [{"changes": [{"field": "messages", "value": {
                "metadata": {"phone_number_id": NUMBER}, "statuses": [status("read", message)]}}]}]}
        ).encode()
    )  # fmt: skip
    event.refresh_from_db()
    process(event)

    event.refresh_from_db()
    message.refresh_from_db()
    assert (event.error, message.status) == ("", Status.READ)


# Volume


def queries_for(messages):
    items = [status("read", message, wamid=f"wamid.{message.pk}") for message in messages]
    inbound = [written_by(message.to_number.removeprefix("+")) for message in messages]
    with CaptureQueriesContext(connection) as queries:
        event = receive(*items, messages=inbound)
    assert event.error == ""
    return len(queries)


def test_number_of_queries_does_not_grow_with_the_number_of_updates(sent_message):
    one = [sent_message("+12025550100")]
    hundred = [sent_message(f"+12025550{number}") for number in range(200, 300)]

    assert queries_for(hundred) == queries_for(one)

    assert set(Message.objects.values_list("status", flat=True)) == {"read"}
    assert MessageStatus.objects.count() == 101
    assert Contact.objects.filter(last_wrote_at__isnull=False).count() == 101


# People who write


@pytest.mark.parametrize(
    ("kind", "value", "inbound"),
    [
        (ContactIdentity.Kind.PHONE, "+12025550100", written_by("12025550100")),
        (ContactIdentity.Kind.WA_ID, "551187654321", written_by("551187654321")),
        (ContactIdentity.Kind.USER_ID, USER_ID, {**written_by(None)}),
    ],
    ids=["phone", "wa_id", "user ID"],
)
def test_inbound_message_opens_the_window_by_any_identity(kind, value, inbound):
    contact = Contact.objects.create()
    ContactIdentity.objects.create(contact=contact, kind=kind, value=value, evidence="test")
    stranger = Contact.objects.create()

    receive(messages=[inbound])

    contact.refresh_from_db()
    stranger.refresh_from_db()
    assert contact.last_wrote_at == datetime.fromtimestamp(1795348900, UTC)
    assert stranger.last_wrote_at is None


@pytest.mark.parametrize("order", list(itertools.permutations([1795348900, 1795349000, 1795348950])), ids=str)
@pytest.mark.parametrize("batched", [True, False], ids=["one webhook", "one webhook each"])
def test_window_counts_from_the_newest_message_in_any_order(sent_message, order, batched):
    contact = sent_message("+12025550100").contact
    inbound = [written_by("12025550100", when) for when in order]

    for batch in [inbound] if batched else [[item] for item in inbound]:
        receive(messages=batch)

    contact.refresh_from_db()
    assert contact.last_wrote_at == datetime.fromtimestamp(1795349000, UTC)


def test_stranger_who_writes_is_no_error():
    event = receive(messages=[written_by("4799999999")])

    assert event.error == ""
    assert not Contact.objects.exists()
