"""What a stored webhook changes: forward only, in any order, however often."""

import itertools
import json
from datetime import UTC, datetime

import pytest

from communications.models import (
    Contact,
    ContactIdentity,
    InboundMessage,
    MessageStatus,
    ParkedStatus,
    Status,
    WebhookEvent,
)
from communications.webhooks import processing
from communications.webhooks.processing import process, process_due
from tests.communications.webhooks.posts import (
    STEPS,
    USER_ID,
    WAMID,
    change,
    receive,
    receive_body,
    receive_together,
    shell,
    status,
    written_by,
)

pytestmark = pytest.mark.django_db


def timeline(message):
    return {step.status: int(step.at.timestamp()) for step in message.statuses.all()}


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


@pytest.mark.parametrize("overtaking", ["delivered", "read"])
@pytest.mark.parametrize("known_by", ["our ID", "wamid"])
def test_failure_is_forgotten_when_the_message_arrived_after_all(sent_message, overtaking, known_by):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)
    receive(status("failed", message))

    receive(status(overtaking, message if known_by == "our ID" else None))

    message.refresh_from_db()
    assert message.status == overtaking
    assert (message.failure_code, message.failure_detail, message.meta_details) == ("", "", "")
    assert (message.meta_code, message.fbtrace_id) == (None, "")
    assert set(timeline(message)) == {"failed", overtaking}


def test_unconfirmed_is_forgotten_when_the_message_was_sent(sent_message):
    message = sent_message(status=Status.UNCONFIRMED, failure_code="delivery_unconfirmed", failure_detail="Unknown.")

    receive(status("sent", message))

    message.refresh_from_db()
    assert (message.status, message.failure_code, message.failure_detail) == (Status.SENT, "", "")


@pytest.mark.parametrize("times", list(itertools.permutations([1795348802, 1795348805, 1795348804])), ids=str)
def test_failure_is_explained_by_its_earliest_report_in_any_order(sent_message, times):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)
    codes = {1795348802: 131026, 1795348804: 131049, 1795348805: 131047}

    for when in times:
        receive(status("failed", message, timestamp=str(when), errors=[{"code": codes[when]}]))

    message.refresh_from_db()
    assert message.meta_code == 131026
    assert (message.statuses.get().meta_code, timeline(message)) == (131026, {"failed": 1795348802})


# Several webhooks


@pytest.mark.parametrize("times", list(itertools.permutations([1795348807, 1795348809, 1795348808])), ids=str)
@pytest.mark.parametrize("name", ["sent", "delivered", "read", "failed"])
def test_earliest_time_of_each_status_counts_across_webhooks(sent_message, name, times):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    for when in times:
        receive(status(name, message, timestamp=str(when)))

    assert timeline(message) == {name: 1795348807}


def test_played_counts_as_read_at_the_earlier_of_both_times(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    receive(status("read", message, status="played", timestamp="1795348809"))
    receive(status("read", message))

    message.refresh_from_db()
    assert (message.status, timeline(message)) == (Status.READ, {"read": STEPS["read"]})


def test_wamid_that_another_message_holds_takes_no_neighbour_down(sent_message):
    holder = sent_message(status=Status.ACCEPTED, wamid=WAMID)
    claimant, neighbour = sent_message(), sent_message()

    event = receive(status("sent", claimant), status("read", neighbour, wamid="wamid.neighbour"))

    for message in (holder, claimant, neighbour):
        message.refresh_from_db()
    assert event.error == ""
    assert (holder.status, holder.wamid) == (Status.ACCEPTED, WAMID)
    assert (claimant.status, claimant.wamid) == (Status.SENT, None)
    assert (neighbour.status, neighbour.wamid) == (Status.READ, "wamid.neighbour")


def test_wamid_that_two_messages_claim_in_one_webhook_goes_to_one(sent_message):
    first, second = sent_message(), sent_message()

    event = receive(status("sent", first), status("sent", second))

    first.refresh_from_db()
    second.refresh_from_db()
    assert event.error == ""
    assert {first.wamid, second.wamid} == {WAMID, None}
    assert first.status == second.status == Status.SENT


@pytest.mark.parametrize("batched", [True, False], ids=["one webhook", "one webhook each"])
@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read"])), ids="-".join)
@pytest.mark.parametrize("echoing", ["sent", "delivered", "read"])
def test_statuses_without_our_id_are_joined_by_the_one_that_carries_it(sent_message, order, echoing, batched):
    message = sent_message(status=Status.UNCONFIRMED)
    items = [status(name, message if name == echoing else None) for name in order]

    for batch in [items] if batched else [[item] for item in items]:
        receive(*batch)

    message.refresh_from_db()
    assert (message.status, message.wamid) == (Status.READ, WAMID)
    assert timeline(message) == {name: STEPS[name] for name in order}


def test_webhooks_of_one_batch_are_applied_together(sent_message):
    messages = [sent_message() for _ in range(3)]

    receive_together(*(
        shell(change(statuses=[status("read", message, wamid=f"wamid.{message.pk}")])) for message in messages
    ))  # fmt: skip

    assert {message.statuses.get().status for message in messages} == {"read"}
    assert not WebhookEvent.objects.filter(processed_at=None).exists()


# Bodies that cannot be read


def test_unreadable_webhook_is_marked_and_never_tried_again(sent_message):
    event = receive_body(b"not JSON")

    assert event.processed_at is not None
    assert (event.error, event.next_attempt_at) == (processing.UNREADABLE, None)
    assert process_due() == 0


def test_unreadable_webhook_takes_no_neighbour_down(sent_message):
    message = sent_message()
    unreadable = WebhookEvent.objects.create(body=b"\xff")
    readable = WebhookEvent.objects.create(body=json.dumps(shell(change(statuses=[status("read", message)]))).encode())

    assert process_due() == 2

    message.refresh_from_db()
    unreadable.refresh_from_db()
    readable.refresh_from_db()
    assert message.status == Status.READ
    assert (unreadable.error, readable.error) == (processing.UNREADABLE, "")


def test_processed_webhook_is_not_processed_again(sent_message):
    message = sent_message()
    event = receive(status("read", message))
    MessageStatus.objects.all().delete()

    process(event)

    assert timeline(message) == {}


# People who write


@pytest.mark.parametrize(
    ("kind", "value", "inbound"),
    [
        (ContactIdentity.Kind.PHONE, "+12025550100", written_by("12025550100")),
        (ContactIdentity.Kind.WA_ID, "551187654321", written_by("551187654321")),
        (ContactIdentity.Kind.USER_ID, USER_ID, written_by(None, from_user_id=USER_ID)),
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


def test_stranger_who_writes_becomes_a_contact():
    event = receive(messages=[written_by("4799999999")])

    contact = Contact.objects.get()
    assert event.error == ""
    assert set(contact.identities.values_list("kind", "value")) == {("phone", "+4799999999"), ("wa_id", "4799999999")}
    assert InboundMessage.objects.get().contact == contact
    assert contact.last_wrote_at == datetime.fromtimestamp(1795348900, UTC)


def test_reply_that_came_before_its_message_was_named_is_joined(sent_message):
    message = sent_message(status=Status.UNCONFIRMED, wamid=None)
    receive(messages=[written_by("12025550100", context={"id": WAMID})])

    receive(status("sent", message))

    assert InboundMessage.objects.get().in_reply_to == message


def test_repeated_status_of_a_message_nobody_knows_is_parked_once(sent_message):
    for _ in range(3):
        receive(status("sent", wamid="wamid.of nobody"))

    assert ParkedStatus.objects.count() == 1


def test_two_reasons_in_one_second_are_both_parked_and_the_same_one_counts():
    for code in (131049, 131026):
        receive(status("failed", wamid="wamid.of nobody", errors=[{"code": code}]))

    assert set(ParkedStatus.objects.values_list("meta_code", flat=True)) == {131049, 131026}
