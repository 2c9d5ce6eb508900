"""What people write to us: kept whole, readable, joined to what it answers, and obeyed."""

import itertools
import time
from datetime import UTC, datetime

import pytest

from communications import consent, contacts
from communications.errors import RecipientOptedOut, SendFailed
from communications.models import ConsentRecord, Contact, InboundMessage, Message, Status
from communications.opt_words import STARTED, STOPPED
from communications.phone_numbers import parse
from communications.whatsapp_service import whatsapp_service
from tests.communications.webhooks.posts import (
    PHONE,
    USER_ID,
    WAMID,
    receive,
    receive_body,
    receive_change,
    status,
    written_by,
)
from tests.local_server import LocalServer, answered

pytestmark = pytest.mark.django_db

LONG_AGO = 1600000000


@pytest.fixture
def contact():
    return contacts.create_by_phone(parse(f"+{PHONE}"), evidence="sent to")


def typed(kind, part, **changes):
    return {"id": "wamid.in", "from": PHONE, "timestamp": str(LONG_AGO), "type": kind, kind: part} | changes


def say(text, ago=60, **changes):
    """Somebody writes `text`, `ago` seconds before now."""
    return receive(messages=[written_by(when=int(time.time()) - ago, text=text, **changes)])


def confirmations():
    return list(Message.objects.filter(status=Status.QUEUED).order_by("created_at").values_list("text", flat=True))


def ledger(contact):
    return list(contact.consent_records.order_by("pk").values_list("kind", "scope", "source", "text"))


# Kept and readable


@pytest.mark.parametrize(
    ("kind", "part", "text"),
    [
        ("text", {"body": "Hello"}, "Hello"),
        ("image", {"id": "1", "mime_type": "image/jpeg", "caption": "Our house"}, "Our house"),
        ("video", {"id": "1", "caption": "The garden"}, "The garden"),
        ("audio", {"id": "1", "voice": True}, ""),
        ("sticker", {"id": "1", "animated": False}, ""),
        ("document", {"id": "1", "filename": "invoice.pdf", "caption": "Paid"}, "Paid"),
        ("document", {"id": "1", "filename": "invoice.pdf"}, "invoice.pdf"),
        ("location", {"latitude": 40.7, "longitude": -74.0}, "40.7, -74.0"),
        ("location", {"latitude": 0, "longitude": 0}, "0, 0"),
        ("location", {"latitude": 40.7, "longitude": -74.0, "name": "Dott", "address": "Main St"}, "Dott, Main St"),
        ("location", {}, ""),
        ("contacts", [{"name": {"formatted_name": "Ann"}}, {"name": {"formatted_name": "Bob"}}, 5], "Ann, Bob"),
        ("reaction", {"message_id": WAMID, "emoji": "👍"}, "👍"),
        ("button", {"payload": "yes", "text": "Yes"}, "Yes"),
        ("interactive", {"type": "button_reply", "button_reply": {"id": "1", "title": "Yes"}}, "Yes"),
        ("interactive", {"type": "list_reply", "list_reply": {"id": "1", "title": "Monday"}}, "Monday"),
        ("interactive", {"type": "nfm_reply", "nfm_reply": {"body": "Sent", "response_json": "{}"}}, "Sent"),
        ("order", {"catalog_id": "1", "text": "Two please", "product_items": []}, "Two please"),
        ("system", {"type": "customer_identity_changed", "body": "Changed"}, "Changed"),
        ("edit", {"original_message_id": WAMID, "message": {"type": "text", "text": {"body": "New"}}}, "New"),
        ("revoke", {"original_message_id": WAMID}, ""),
        ("unsupported", {"type": "poll"}, ""),
        ("hologram", {"body": "later"}, ""),
        ("text", None, ""),
        ("image", {"caption": 5}, ""),
        ("contacts", {"name": 5}, ""),
    ],
)
def test_message_of_every_type_is_kept_whole_with_what_can_be_read(contact, kind, part, text):
    event = receive(messages=[typed(kind, part)])

    inbound = InboundMessage.objects.get()
    assert event.error == ""
    assert (inbound.contact, inbound.kind, inbound.text) == (contact, kind, text)
    assert inbound.content[kind] == part
    assert inbound.at == datetime.fromtimestamp(LONG_AGO, UTC)


@pytest.mark.parametrize("name", ["message_with_null_character", "message_that_spells_a_null_character"])
def test_null_character_is_survived(payload, name):
    event = receive_body(payload(name))

    assert event.error == ""
    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize("batched", [True, False], ids=["one webhook", "one webhook each"])
def test_repeated_message_is_kept_once(batched):
    items = [written_by(), written_by()]

    for batch in [items] if batched else [[item] for item in items]:
        receive(messages=batch)

    assert InboundMessage.objects.count() == 1


def test_reply_is_joined_to_the_message_it_answers(sent_message):
    message = sent_message(status=Status.READ, wamid=WAMID)

    receive(messages=[written_by(context={"id": WAMID})])

    assert message.replies.get().text == "Hello"


def test_reply_in_the_webhook_that_names_its_message_is_joined(sent_message):
    message = sent_message(status=Status.UNCONFIRMED)

    receive(status("sent", message), messages=[written_by(context={"id": WAMID})])

    assert message.replies.count() == 1


# STOP and START


@pytest.mark.parametrize("text", ["STOP", "stop.", " Stop! ", "arrêt", "ARRET", "توقف", "रोकें", "🛑 STOP"])
def test_stop_stops_every_message(contact, text, sandbox):
    say(text)

    contact.refresh_from_db()
    assert contact.has_opted_out
    assert ledger(contact) == [("opt_out", "everything", "word", text)]
    with pytest.raises(RecipientOptedOut):
        whatsapp_service.send_text_message(f"+{PHONE}", "Hello")


@pytest.mark.parametrize("text", ["stop by tomorrow", "please don't stop", "cancel", "no", "end", "Hello", ""])
def test_other_messages_stop_nothing(contact, text):
    say(text)

    contact.refresh_from_db()
    assert not contact.has_opted_out
    assert (ledger(contact), confirmations()) == ([], [])


@pytest.mark.parametrize(
    ("kind", "part"),
    [("button", {"payload": "x", "text": "Stop"}),
     ("interactive", {"type": "button_reply", "button_reply": {"id": "1", "title": "STOP"}})],
    ids=["quick reply", "button"],
)  # fmt: skip
def test_button_that_says_stop_stops(contact, kind, part):
    receive(messages=[typed(kind, part)])

    contact.refresh_from_db()
    assert contact.has_opted_out


def test_start_lifts_what_stop_set(contact):
    say("STOP", ago=120)

    say("START")

    contact.refresh_from_db()
    assert not contact.has_opted_out
    assert [kind for kind, *_rest in ledger(contact)] == ["opt_out", "opt_in"]


def test_start_does_not_lift_what_an_operator_set(contact):
    consent.record_opt_out(contact, source=ConsentRecord.Source.OPERATOR)
    say("STOP", ago=120)

    say("START")

    contact.refresh_from_db()
    assert contact.has_opted_out


def test_start_does_not_lift_a_preference(contact):
    prefer("stop", LONG_AGO)

    say("START")

    contact.refresh_from_db()
    assert (contact.has_opted_out, contact.has_opted_out_of_marketing) == (False, True)


@pytest.mark.parametrize("batched", [True, False], ids=["one webhook", "one webhook each"])
@pytest.mark.parametrize("order", list(itertools.permutations([(0, "STOP"), (1, "START"), (2, "STOP")])), ids=str)
def test_newest_word_counts_in_any_order(contact, order, batched):
    items = [written_by(when=LONG_AGO + number, text=word) for number, word in order]

    for batch in [items] if batched else [[item] for item in items]:
        receive(messages=batch)

    contact.refresh_from_db()
    assert contact.opted_out_at == datetime.fromtimestamp(LONG_AGO + 2, UTC)


def test_of_two_words_in_one_second_the_one_that_stops_counts(contact):
    receive(messages=[written_by(when=LONG_AGO, text=word, id=f"wamid.{word}") for word in ("STOP", "START")])

    contact.refresh_from_db()
    assert contact.has_opted_out


def test_repeated_webhook_keeps_the_evidence_once(contact):
    item = written_by(when=LONG_AGO, text="STOP")

    receive(messages=[item, item])
    receive(messages=[item])

    assert len(ledger(contact)) == 1


def test_ledger_is_only_ever_added_to(contact):
    say("STOP", ago=300)
    before = list(ConsentRecord.objects.values())

    say("START", ago=200)
    prefer("stop", LONG_AGO)
    say("STOP", ago=100)

    assert list(ConsentRecord.objects.order_by("pk").values())[: len(before)] == before
    assert ConsentRecord.objects.count() == 4


# The confirmation


@pytest.mark.parametrize(
    ("word", "text"),
    [("STOP", STOPPED["en"]), ("BAJA", STOPPED["es"]), ("sair", STOPPED["pt"]), ("Arrêt", STOPPED["fr"]),
     ("stopp", STOPPED["de"]), ("توقف", STOPPED["en"])],
)  # fmt: skip
def test_stop_is_confirmed_by_one_queued_message_in_the_language_of_the_word(contact, word, text):
    say(word)

    message = Message.objects.get()
    assert (message.contact, message.status, message.text) == (contact, Status.QUEUED, text)
    assert (message.to_number, message.content) == (f"+{PHONE}", {"type": "text", "text": {"body": text}})


def test_start_is_confirmed(contact):
    say("STOP", ago=120)

    say("ALTA")

    assert confirmations() == [STOPPED["en"], STARTED["es"]]


def test_confirmation_reaches_a_person_who_hides_their_number():
    say("STOP", phone=None, from_user_id=USER_ID)

    message = Message.objects.get()
    assert (message.to_number, message.to_user_id) == ("", USER_ID)


@pytest.mark.parametrize("batched", [True, False], ids=["one webhook", "one webhook each"])
def test_repeated_stop_is_not_confirmed_again(contact, batched):
    now = int(time.time())
    items = [written_by(when=now - ago, text="STOP") for ago in (300, 200, 100)]

    for batch in [items] if batched else [[item] for item in items]:
        receive(messages=batch)

    assert confirmations() == [STOPPED["en"]]


def test_start_of_somebody_who_never_stopped_is_not_confirmed(contact):
    say("START")

    assert confirmations() == []


@pytest.mark.parametrize(("hours", "count"), [(22.9, 1), (23.1, 0)])
def test_word_is_confirmed_only_while_the_window_is_surely_open(contact, hours, count):
    say("STOP", ago=int(hours * 3600))

    contact.refresh_from_db()
    assert contact.has_opted_out
    assert len(confirmations()) == count


@pytest.mark.parametrize("digits", [15, 19, 20, 40])
def test_sender_of_any_length_stops_or_is_passed_over(digits):
    event = receive(messages=[written_by("9" * digits, when=int(time.time()), text="STOP")])

    assert event.error == ""
    assert len(confirmations()) == (digits <= 19)


def test_many_people_who_stop_at_once_each_get_their_own_confirmation():
    now = int(time.time())

    receive(messages=[written_by(f"120255501{number}", when=now, text="STOP") for number in range(10, 20)])

    assert Contact.objects.exclude(opted_out_at=None).count() == 10
    assert Message.objects.values("contact").distinct().count() == 10


# Preferences, and Meta's refusal


def prefer(value, when):
    preference = {"wa_id": PHONE, "category": "marketing_messages", "value": value, "timestamp": when}
    return receive_change("user_preferences", user_preferences=[preference])


def test_preference_stops_marketing_and_nothing_else(contact):
    prefer("stop", LONG_AGO)

    contact.refresh_from_db()
    assert (contact.has_opted_out, contact.has_opted_out_of_marketing) == (False, True)
    assert ledger(contact) == [("opt_out", "marketing", "preference", "")]
    with pytest.raises(RecipientOptedOut):
        consent.require_consent(contact, marketing=True)


def test_preference_of_a_stranger_is_kept():
    prefer("stop", LONG_AGO)

    assert Contact.objects.with_phone(f"+{PHONE}").has_opted_out_of_marketing


@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "reversed"])
def test_newest_preference_counts_in_any_order(contact, is_reversed):
    told = [("stop", LONG_AGO), ("resume", LONG_AGO + 1)]

    for value, when in reversed(told) if is_reversed else told:
        prefer(value, when)

    contact.refresh_from_db()
    assert not contact.has_opted_out_of_marketing


def test_preference_is_kept_once_and_not_confirmed(contact):
    prefer("stop", int(time.time()))
    prefer("stop", int(time.time()))

    assert len(ledger(contact)) in {1, 2}  # two, if a second passed between them
    assert confirmations() == []


def test_resumed_preference_does_not_lift_stop(contact):
    say("STOP")

    prefer("resume", int(time.time()))

    contact.refresh_from_db()
    assert contact.has_opted_out


def refused(message, when=LONG_AGO):
    return receive(status("failed", message, timestamp=str(when), errors=[{"code": 131050}]))


def test_refused_marketing_is_an_opt_out_from_marketing(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)

    refused(message)
    refused(message)

    message.contact.refresh_from_db()
    assert ledger(message.contact) == [("opt_out", "marketing", "refusal", "")]
    assert (message.contact.has_opted_out, message.contact.has_opted_out_of_marketing) == (False, True)


def test_refused_marketing_is_lifted_by_the_preference_it_came_from(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid=WAMID)
    refused(message)

    prefer("resume", LONG_AGO + 60)

    message.contact.refresh_from_db()
    assert not message.contact.has_opted_out_of_marketing


def test_refusal_that_comes_at_once_and_by_webhook_is_kept_once(contact, settings):
    settings.WHATSAPP_ACCESS_TOKEN = "sandbox-token"
    answer = answered(b'{"error": {"code": 131050, "message": "Stopped"}}', status="400 Bad Request")
    with LocalServer(lambda *_: answer) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        with pytest.raises(SendFailed):
            whatsapp_service.send_text_message(f"+{PHONE}", "Hello")

    refused(Message.objects.get())

    assert [source for _kind, _scope, source, _text in ledger(contact)] == ["refusal"]
