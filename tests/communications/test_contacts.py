"""People and their names: learned from evidence, never merged by guess."""

from datetime import UTC, datetime, timedelta

import pytest

from communications import consent, contacts
from communications.contacts import Person, Sighting, recognise
from communications.errors import RecipientOptedOut
from communications.models import Contact, ContactIdentity, IdentityConflict, InboundMessage, Status
from communications.phone_numbers import parse
from communications.whatsapp_service import whatsapp_service
from tests.communications.webhooks.posts import (
    PHONE,
    USER_ID,
    WAMID,
    change,
    receive,
    receive_change,
    receive_together,
    shell,
    status,
    written_by,
)

pytestmark = pytest.mark.django_db

NEW_PHONE = "12025550199"
NEW_USER_ID = "US.2"


@pytest.fixture
def contact():
    return contacts.create_by_phone(parse(f"+{PHONE}"), evidence="sent to")


def names(contact):
    return {(kind, value) for kind, value in contact.identities.filter(ended_at=None).values_list("kind", "value")}


def by_number(phone):
    return {("phone", f"+{phone}"), ("wa_id", phone)}


def writer():
    """The contact of the newest message."""
    return InboundMessage.objects.order_by("-at", "-pk")[0].contact


def system(kind, *, when=1795348900, sender=PHONE, user_id=None, **what):
    item = {"id": f"wamid.system.{when}", "timestamp": str(when), "type": "system", "system": {"type": kind, **what}}
    return item | ({"from": sender} if sender else {}) | ({"from_user_id": user_id} if user_id else {})


# Learning


def test_pair_of_number_and_user_id_is_learned_from_a_status(sent_message):
    message = sent_message()

    receive(status("sent", message, recipient_user_id=USER_ID))

    assert names(message.contact) == by_number(PHONE) | {("user_id", USER_ID)}
    assert message.contact.identities.get(kind="user_id").evidence == "status"


def test_user_id_is_learned_from_the_contact_beside_a_status(sent_message):
    message = sent_message()
    beside = [{"wa_id": PHONE, "user_id": USER_ID, "parent_user_id": "US.parent", "profile": {"name": "Amina"}}]

    receive(status("sent", message), contacts=beside)

    message.contact.refresh_from_db()
    assert names(message.contact) >= {("user_id", USER_ID), ("parent_user_id", "US.parent")}
    assert message.contact.name == "Amina"


def test_reply_by_user_id_alone_finds_the_person_whose_status_taught_it(sent_message):
    message = sent_message()
    receive(status("sent", message, recipient_user_id=USER_ID))

    receive(messages=[written_by(None, from_user_id=USER_ID)])

    assert writer() == message.contact
    assert Contact.objects.count() == 1


def test_what_is_known_is_not_learned_again(sent_message):
    message = sent_message()

    for name in ("sent", "delivered", "read"):
        receive(status(name, message, recipient_user_id=USER_ID))
    receive(messages=[written_by(from_user_id=USER_ID)])

    assert ContactIdentity.objects.count() == 3
    assert not IdentityConflict.objects.exists()


def test_parent_user_id_leads_to_the_person(contact):
    recognise([Sighting(Person(wa_id=PHONE, parent_user_id="US.parent"), "message")])

    [found] = recognise([Sighting(Person(user_id=USER_ID, parent_user_id="US.parent"), "message")])

    assert found == contact


def test_profile_name_is_kept_and_follows_the_profile(contact):
    for number, name in enumerate(["Amina", "Amina Diallo"]):
        beside = [{"wa_id": PHONE, "profile": {"name": name}}]
        receive(messages=[written_by(when=1795348900 + number)], contacts=beside)

    contact.refresh_from_db()
    assert contact.name == "Amina Diallo"


def test_stranger_without_a_number_becomes_one_contact():
    receive(messages=[written_by(None, from_user_id=USER_ID)])
    receive(messages=[written_by(None, when=1795348901, from_user_id=USER_ID)])

    assert names(Contact.objects.get()) == {("user_id", USER_ID)}


def test_several_messages_of_one_stranger_in_one_batch_make_one_contact():
    receive(messages=[written_by(from_user_id=USER_ID), written_by(when=1795348901), written_by(
        None, when=1795348902, from_user_id=USER_ID)])  # fmt: skip

    assert names(Contact.objects.get()) == by_number(PHONE) | {("user_id", USER_ID)}
    assert InboundMessage.objects.count() == 3


# Whose reply it is


def holder_of(kind, value):
    contact = Contact.objects.create(name=f"by {kind}")
    ContactIdentity.objects.create(contact=contact, kind=kind, value=value, evidence="test")
    return contact


def test_reply_is_matched_by_what_it_answers_before_anything_else(sent_message):
    message = sent_message("+12025550177", status=Status.DELIVERED, wamid=WAMID)
    holder_of("user_id", USER_ID)
    holder_of("phone", f"+{PHONE}")

    receive(messages=[written_by(from_user_id=USER_ID, context={"from": "15551905954", "id": WAMID})])

    inbound = InboundMessage.objects.get()
    assert (inbound.contact, inbound.in_reply_to) == (message.contact, message)


def test_reply_is_matched_by_user_id_before_the_number():
    by_user_id = holder_of("user_id", USER_ID)
    holder_of("phone", f"+{PHONE}")

    receive(messages=[written_by(from_user_id=USER_ID)])

    assert writer() == by_user_id


def test_reply_is_matched_by_the_number_where_the_user_id_is_new(contact):
    receive(messages=[written_by(from_user_id=USER_ID)])

    assert writer() == contact
    assert ("user_id", USER_ID) in names(contact)


def test_reply_to_a_message_that_is_not_ours_is_matched_by_its_sender(contact):
    receive(messages=[written_by(context={"id": "wamid.unknown"})])

    assert (writer(), InboundMessage.objects.get().in_reply_to) == (contact, None)


@pytest.mark.parametrize(
    ("sent_to", "wa_id"),
    [("+5511987654321", "551187654321"), ("+525512345678", "5215512345678"), ("+5491123456789", "541123456789")],
    ids=["Brazil without the ninth digit", "Mexico with a one", "Argentina without a nine"],
)
def test_two_spellings_of_a_number_are_one_person(sent_to, wa_id):
    contact = contacts.create_by_phone(parse(sent_to), evidence="sent to")

    receive(messages=[written_by(wa_id)])

    assert writer() == contact
    assert names(contact) == {("phone", sent_to), ("wa_id", wa_id)}
    assert not IdentityConflict.objects.exists()


# Numbers and user IDs that change


def test_new_number_of_a_person_is_theirs_and_the_old_one_no_longer(contact):
    receive(messages=[system("user_changed_number", wa_id=NEW_PHONE)])

    assert names(contact) == by_number(NEW_PHONE)
    assert set(contact.identities.exclude(ended_at=None).values_list("value", flat=True)) == {f"+{PHONE}", PHONE}
    assert Contact.objects.count() == 1


def test_whoever_has_the_old_number_next_is_somebody_else(contact):
    receive(messages=[system("user_changed_number", wa_id=NEW_PHONE)])

    receive(messages=[written_by(when=1795348999)])

    assert writer() != contact
    assert names(writer()) == by_number(PHONE)


def test_person_is_known_by_their_new_number(contact):
    receive(messages=[system("user_changed_number", wa_id=NEW_PHONE)])

    receive(messages=[written_by(NEW_PHONE, when=1795348999)])

    assert writer() == contact


def test_repeated_notice_does_not_end_what_somebody_else_has_by_now(contact):
    notice = system("user_changed_number", wa_id=NEW_PHONE)
    receive(messages=[notice])
    receive(messages=[written_by(when=1795348999)])
    stranger = writer()

    receive(messages=[notice])

    assert names(stranger) == by_number(PHONE)
    assert names(contact) == by_number(NEW_PHONE)


def test_number_change_in_one_batch_with_a_message_from_the_new_number(contact):
    receive_together(
        shell(change(messages=[written_by(NEW_PHONE, when=1795348999)])),
        shell(change(messages=[system("user_changed_number", wa_id=NEW_PHONE)])),
    )

    assert writer() == contact
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("number", [PHONE, None], ids=["with the number", "without a number"])
def test_new_user_id_of_a_person_is_theirs_and_the_old_one_no_longer(contact, number):
    receive(messages=[written_by(from_user_id=USER_ID)])

    receive(messages=[system(
        "user_changed_user_id", when=1795348950, sender=number, user_id=NEW_USER_ID, previous_user_id=USER_ID
    )])  # fmt: skip

    assert names(contact) == by_number(PHONE) | {("user_id", NEW_USER_ID)}
    assert Contact.objects.count() == 1
    assert not IdentityConflict.objects.exists()


def test_number_and_user_id_that_change_together_lead_to_the_same_person(contact):
    receive(messages=[written_by(from_user_id=USER_ID)])

    receive(messages=[
        system("user_changed_number", when=1795348950, user_id=USER_ID, wa_id=NEW_PHONE),
        system("user_changed_user_id", when=1795348951, sender=NEW_PHONE, user_id=NEW_USER_ID,
               previous_user_id=USER_ID),
    ])  # fmt: skip

    assert names(contact) == by_number(NEW_PHONE) | {("user_id", NEW_USER_ID)}
    assert Contact.objects.count() == 1


def test_new_number_that_another_contact_has_is_a_conflict(contact):
    holder = contacts.create_by_phone(parse(f"+{NEW_PHONE}"), evidence="sent to")

    receive(messages=[system("user_changed_number", wa_id=NEW_PHONE)])

    assert ("phone", f"+{NEW_PHONE}") in names(holder)
    assert {(row.contact, row.holder, row.value) for row in IdentityConflict.objects.all()} == {
        (contact, holder, f"+{NEW_PHONE}")
    }


@pytest.mark.parametrize(
    "odd",
    [{"type": None}, {"type": "user_changed_number"}, {"type": "user_changed_number", "wa_id": 5},
     {"type": "user_changed_number", "wa_id": "+1 (202)"}, {"type": "user_changed_number", "wa_id": "9" * 200},
     {"type": "user_changed_user_id"}, {"type": "user_changed_user_id", "previous_user_id": 5},
     {"type": "user_changed_user_id", "previous_user_id": ""},
     {"type": "user_changed_user_id", "previous_user_id": "U" * 200}, {"type": "later"}],
    ids=lambda odd: ascii(odd)[:70],
)  # fmt: skip
def test_system_message_that_names_nobody_new_changes_no_names(contact, odd):
    item = {"id": "wamid.s", "from": PHONE, "timestamp": "1795348900", "type": "system", "system": odd}

    event = receive(messages=[item])

    assert event.error == ""
    assert names(contact) == by_number(PHONE)
    assert InboundMessage.objects.get().contact == contact


# Numbers that changed hands, and other conflicts


def known_with_user_id(contact):
    recognise([Sighting(Person(wa_id=PHONE, user_id=USER_ID), "message", contact)])


def test_known_number_with_an_unknown_user_id_is_somebody_else(contact):
    known_with_user_id(contact)

    receive(messages=[written_by(from_user_id=NEW_USER_ID)])

    stranger = writer()
    assert stranger != contact
    assert names(stranger) == {("user_id", NEW_USER_ID)}
    assert names(contact) == by_number(PHONE) | {("user_id", USER_ID)}
    assert {(row.contact, row.holder, row.kind) for row in IdentityConflict.objects.all()} == {
        (stranger, contact, "wa_id"), (stranger, contact, "phone"),
    }  # fmt: skip


@pytest.mark.parametrize("batched", [True, False], ids=["one webhook", "one webhook each"])
def test_two_user_ids_behind_one_number_are_two_people(batched):
    items = [written_by(from_user_id=USER_ID), written_by(when=1795348901, from_user_id=NEW_USER_ID)]

    for batch in [items] if batched else [[item] for item in items]:
        receive(messages=batch)

    assert Contact.objects.count() == 2
    assert set(IdentityConflict.objects.values_list("kind", flat=True)) == {"wa_id", "phone"}


def test_conflict_is_kept_once_and_never_merged(contact):
    known_with_user_id(contact)

    for when in range(1795348900, 1795348903):
        receive(messages=[written_by(when=when, from_user_id=NEW_USER_ID)])

    assert Contact.objects.count() == 2
    assert IdentityConflict.objects.count() == 2


def test_status_with_the_user_id_of_another_contact_is_a_conflict(sent_message):
    holder = holder_of("user_id", USER_ID)
    message = sent_message()

    receive(status("sent", message, recipient_user_id=USER_ID))

    conflict = IdentityConflict.objects.get()
    assert (conflict.contact, conflict.holder, conflict.value) == (message.contact, holder, USER_ID)
    assert conflict.evidence == "status"


def test_unknown_user_id_in_a_status_is_not_given_to_a_contact_that_has_another(sent_message):
    message = sent_message()
    known_with_user_id(message.contact)

    receive(status("sent", message, recipient_user_id=NEW_USER_ID))
    receive(messages=[written_by(None, from_user_id=NEW_USER_ID)])

    assert names(message.contact) == by_number(PHONE) | {("user_id", USER_ID)}
    assert writer() != message.contact


def test_person_with_several_identities_does_not_conflict_with_themselves(contact):
    known_with_user_id(contact)

    receive(messages=[written_by(from_user_id=USER_ID)])

    assert not IdentityConflict.objects.exists()


# Opt-outs belong to the person


@pytest.mark.parametrize(
    "stopping",
    [{"phone": PHONE}, {"phone": None, "from_user_id": USER_ID}, {"phone": PHONE, "from_user_id": USER_ID}],
    ids=["by number", "by user ID", "by both"],
)
def test_opt_out_holds_for_every_identity(contact, stopping, sandbox):
    known_with_user_id(contact)

    receive(messages=[written_by(text="STOP", **stopping)])

    for name in (Person(wa_id=PHONE), Person(user_id=USER_ID)):
        [found] = recognise([Sighting(name, "test")])
        with pytest.raises(RecipientOptedOut):
            consent.require_consent(found)
    with pytest.raises(RecipientOptedOut):
        whatsapp_service.send_text_message("+1 (202) 555-0100", "Hello")


def test_opt_out_follows_the_person_to_their_new_number(contact, sandbox):
    receive(messages=[written_by(text="STOP")])

    receive(messages=[system("user_changed_number", when=1795348950, wa_id=NEW_PHONE)])

    with pytest.raises(RecipientOptedOut):
        whatsapp_service.send_text_message(f"+{NEW_PHONE}", "Hello")


# The 24-hour window


def call(when, **changes):
    return {"id": "wacid.1", "from": PHONE, "timestamp": str(when), "direction": "USER_INITIATED"} | changes


def test_call_opens_the_window_for_24_hours(contact):
    receive_change("calls", calls=[call(1795348900)])

    contact.refresh_from_db()
    called_at = datetime.fromtimestamp(1795348900, UTC)
    assert contact.window_is_open(called_at + timedelta(hours=24, seconds=-1))
    assert not contact.window_is_open(called_at + timedelta(hours=24))


@pytest.mark.parametrize(
    ("first", "second"), [("message", "call"), ("call", "message")], ids=["call is newer", "message is newer"]
)
@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "reversed"])
def test_newest_of_messages_and_calls_counts(contact, first, second, is_reversed):
    posts = {"message": lambda when: receive(messages=[written_by(when=when)]),
             "call": lambda when: receive_change("calls", calls=[call(when)])}  # fmt: skip

    for kind, when in sorted(
        [(first, 1795348900), (second, 1795349000)], key=lambda pair: pair[1], reverse=is_reversed
    ):
        posts[kind](when)

    contact.refresh_from_db()
    assert contact.last_wrote_at == datetime.fromtimestamp(1795349000, UTC)


def test_newest_counts_where_one_batch_names_the_person_in_several_ways(contact):
    known_with_user_id(contact)

    receive(messages=[written_by(None, when=1795349000, from_user_id=USER_ID), written_by(when=1795348900)])

    contact.refresh_from_db()
    assert contact.last_wrote_at == datetime.fromtimestamp(1795349000, UTC)


def test_call_of_ours_and_a_notice_of_whatsapp_open_no_window(contact):
    receive_change("calls", calls=[call(1795348900, direction="BUSINESS_INITIATED")])
    receive(messages=[system("user_changed_number", wa_id=NEW_PHONE)])

    contact.refresh_from_db()
    assert contact.last_wrote_at is None
