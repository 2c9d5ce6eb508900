"""Signals: each after the commit, with its arguments; a receiver that raises loses nothing."""

import time

import pytest
from django.db import transaction

from communications import channel, contacts, signals
from communications.models import (
    AccountEvent,
    Channel,
    ConsentRecord,
    Contact,
    IdentityConflict,
    InboundMessage,
    Message,
    MessageTemplate,
    Status,
)
from communications.phone_numbers import parse
from communications.webhooks.processing import process_due
from tests.communications.webhooks.posts import (
    NUMBER,
    PHONE,
    USER_ID,
    WAMID,
    keep,
    receive,
    status,
    written_by,
)

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ["message_status_changed", "message_received", "consent_changed", "identity_conflict_found", "channel_paused",
         "channel_resumed", "template_changed", "account_event_received"]  # fmt: skip


@pytest.fixture
def heard():
    """What receivers of all signals were told: the signal's name, its sender and its arguments."""
    calls = []
    receivers = []
    for name in NAMES:

        def receiver(sender, signal, name=name, **told):
            assert not transaction.get_connection().in_atomic_block
            calls.append((name, sender, told))

        getattr(signals, name).connect(receiver)
        receivers.append((name, receiver))
    yield calls
    for name, receiver in receivers:
        getattr(signals, name).disconnect(receiver)


@pytest.fixture
def failing():
    """A receiver of every signal that raises."""

    def receiver(**_told):
        raise RuntimeError("the receiver's own trouble")

    for name in NAMES:
        getattr(signals, name).connect(receiver)
    yield
    for name in NAMES:
        getattr(signals, name).disconnect(receiver)


def told(heard, name):
    return [(sender, arguments) for its_name, sender, arguments in heard if its_name == name]


def tell_account(field, value, time=1795348800):
    keep({"field": field, "value": value}, time=time)
    process_due()


def test_moved_message_is_told_once_with_where_it_was(sent_message, heard):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    receive(status("sent", message), status("read", message))
    receive(status("delivered", message), status("read", message))

    [(sender, arguments)] = told(heard, "message_status_changed")
    assert sender is Message
    assert arguments == {"message": message, "status": Status.READ, "previous_status": Status.ACCEPTED}


def test_failed_message_is_told_with_why(sent_message, heard):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    receive(status("failed", message))

    [(_sender, arguments)] = told(heard, "message_status_changed")
    assert (arguments["message"].status, arguments["message"].meta_code) == (Status.FAILED, 131026)


def test_received_message_is_told_once(heard):
    receive(messages=[written_by(), written_by()])
    receive(messages=[written_by()])

    assert told(heard, "message_received") == [(InboundMessage, {"inbound_message": InboundMessage.objects.get()})]


def test_changed_consent_is_told_with_its_record(heard):
    receive(messages=[written_by(text="STOP")])
    receive(messages=[written_by(text="STOP", when=1795348999)])

    record = ConsentRecord.objects.order_by("pk")[0]
    assert told(heard, "consent_changed") == [(ConsentRecord, {"contact": Contact.objects.get(), "record": record})]


def test_conflict_is_told_once(heard):
    receive(messages=[written_by(from_user_id=USER_ID)])

    for when in (1795348950, 1795348960):
        receive(messages=[written_by(when=when, from_user_id="US.2")])

    conflicts = [arguments["conflict"] for _sender, arguments in told(heard, "identity_conflict_found")]
    assert len(conflicts) == 2
    assert set(conflicts) == set(IdentityConflict.objects.all())


def test_paused_and_resumed_channel_is_told(heard):
    tell_account("account_update", {"event": "DISABLED_UPDATE"})
    tell_account("account_update", {"event": "ACCOUNT_REINSTATED"}, 1795348801)

    assert told(heard, "channel_paused") == [(Channel, {"phone_number_id": NUMBER, "meta_code": 131031})]
    assert told(heard, "channel_resumed") == [(Channel, {"phone_number_id": NUMBER})]


def test_changed_template_is_told_and_older_news_of_it_is_not(heard):
    value = {"event": "PAUSED", "message_template_name": "invitation", "message_template_language": "en-US"}

    tell_account("message_template_status_update", value)
    tell_account("message_template_status_update", value | {"event": "APPROVED"}, 1795348799)

    assert told(heard, "template_changed") == [(MessageTemplate, {"template": MessageTemplate.objects.get()})]


def test_event_of_the_account_is_told_once(heard):
    tell_account("security", {"event": "PIN_CHANGED"})
    tell_account("security", {"event": "PIN_CHANGED"})

    assert told(heard, "account_event_received") == [(AccountEvent, {"event": AccountEvent.objects.get()})]


def test_rolled_back_change_is_not_told(sent_message, heard):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    with transaction.atomic():
        receive(status("read", message), messages=[written_by(text="STOP")])
        channel.pause_by_event(NUMBER, "DISABLED_UPDATE")
        transaction.set_rollback(True)

    assert heard == []


@pytest.mark.usefixtures("failing")
def test_receiver_that_raises_loses_nothing(sent_message, heard, caplog):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)
    contacts.create_by_phone(parse("+12025550177"), evidence="sent to")
    items = [written_by(PHONE, when=int(time.time()), text="STOP"), written_by("12025550177")]

    event = receive(status("read", message), messages=items)
    tell_account("account_update", {"event": "DISABLED_UPDATE"})

    message.refresh_from_db()
    message.contact.refresh_from_db()
    assert (event.error, message.status) == ("", Status.READ)
    assert message.contact.has_opted_out
    assert InboundMessage.objects.count() == 2
    assert Channel.objects.get().paused_by_event == "DISABLED_UPDATE"
    assert {name for name, _sender, _told in heard} == {
        "message_status_changed", "message_received", "consent_changed", "account_event_received", "channel_paused",
    }  # fmt: skip
    assert any("failing.<locals>.receiver" in record.getMessage() for record in caplog.records)
