"""Messages by the thousand: people found or made, messages composed and queued, with few queries."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communications import bulk, bulk_insert, consent, contacts, erasure
from communications.bulk import Addressed, Drafts
from communications.errors import InvalidMessage, TemplateUnavailable
from communications.message_templates import BUSINESS_INVITATION
from communications.models import Campaign, ConsentRecord, Contact, ContactIdentity, Message, MessageTemplate
from communications.phone_numbers import parse

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = {"sender_name": "John", "message": "Join me", "token": "abc"}


def numbers(count):
    return [f"+1202555{number:04}" for number in range(count)]


# People


def test_known_people_are_found_and_unknown_ones_made():
    known = contacts.create_by_phone(parse("+12025550100"), evidence="test")

    found = bulk.people_with(["+12025550100", "+12025550101"])

    assert found["+12025550100"] == known
    assert Contact.objects.count() == 2
    assert found == bulk.people_with(["+12025550101", "+12025550100"])
    identity = ContactIdentity.objects.get(value="+12025550101")
    assert (identity.contact, identity.kind, identity.evidence) == (found["+12025550101"], "phone", "sent to")


def test_nobody_is_made_for_nobody():
    assert bulk.people_with([]) == {}


def test_number_that_was_given_up_is_a_new_person():
    earlier = contacts.create_by_phone(parse("+12025550100"), evidence="test")
    contacts.end_identities([(earlier, ("phone", "+12025550100"))])

    assert bulk.people_with(["+12025550100"])["+12025550100"] != earlier


def test_wish_of_an_erased_person_holds_for_whoever_is_made_anew():
    person = contacts.create_by_phone(parse("+12025550100"), evidence="test")
    consent.record_opt_out(person, source="word")
    erasure.forget(person, tell_meta=False)

    found = bulk.people_with(["+12025550100", "+12025550101"])

    assert [found[number].has_opted_out for number in sorted(found)] == [True, False]


def test_number_of_queries_does_not_grow_with_the_people():
    counts = []
    for count in (10, 1000):
        with CaptureQueriesContext(connection) as queries:
            bulk.people_with(numbers(count))
        counts.append(sum(not query["sql"].startswith("INSERT") for query in queries))

    assert counts[0] == counts[1] < 10


@pytest.mark.postgres
def test_two_processes_that_make_the_same_people_share_them():
    barrier = Barrier(4)

    def make(_process):
        barrier.wait()
        try:
            return {number: contact.pk for number, contact in bulk.people_with(numbers(300)).items()}
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(4)))

    assert made[1:] == made[:1] * 3
    assert Contact.objects.count() == ContactIdentity.objects.count() == 300


# Messages


def test_messages_wait_in_the_order_in_which_they_were_given():
    campaign = Campaign.objects.create()
    people = bulk.people_with(numbers(30))
    drafts = Drafts()
    expires_at = timezone.now() + timedelta(days=1)

    keys = bulk.queue(
        campaign,
        [Addressed(people[each], each, drafts.text(f"Hi {each}", is_marketing=True)) for each in numbers(30)],
        expires_at=expires_at,
    )

    queued = list(Message.objects.order_by("created_at"))
    assert [message.pk for message in queued] == keys
    assert [message.to_number for message in queued] == numbers(30)
    first = queued[0]
    assert (first.text, first.content) == ("Hi +12025550000", {"type": "text", "text": {"body": "Hi +12025550000"}})
    assert (first.status, first.was_queued, first.is_marketing, first.attempts) == ("queued", True, True, 0)
    assert (first.campaign, first.contact, first.expires_at) == (campaign, people["+12025550000"], expires_at)
    assert (first.wamid, first.sending_since, first.opens_conversation) == (None, None, False)


def test_texts_arrive_as_they_are_whatever_stands_in_them():
    text = "“Quotes”, \"double\", 'single', {braces}, \\backslash, %s, 100 %, tab\t, line\nbreak, 👋, مرحبا, null"
    [person] = bulk.people_with(["+12025550100"]).values()

    bulk.queue(
        Campaign.objects.create(),
        [Addressed(person, "+12025550100", Drafts().text(text, is_marketing=False))],
        expires_at=timezone.now(),
    )

    message = Message.objects.get()
    assert message.text == message.content["text"]["body"] == text


def test_template_is_composed_as_for_one_and_looked_up_once():
    MessageTemplate.objects.create(name="business_invitation", language="es", status="APPROVED")
    drafts = Drafts()

    with CaptureQueriesContext(connection) as queries:
        made = [drafts.template(BUSINESS_INVITATION, "es", FIELDS) for _person in range(50)]

    assert len(queries) == 1
    assert made[0].content == BUSINESS_INVITATION.content("es", FIELDS)
    assert made[0].text == BUSINESS_INVITATION.text("es", FIELDS)
    assert made[0].is_marketing


def test_template_that_cannot_be_sent_is_refused_each_time_and_asked_about_once():
    MessageTemplate.objects.create(name="business_invitation", language="es", status="PAUSED")
    drafts = Drafts()

    with CaptureQueriesContext(connection) as queries:
        for _person in range(3):
            with pytest.raises(TemplateUnavailable):
                drafts.template(BUSINESS_INVITATION, "es", FIELDS)

    assert len(queries) == 1


def test_text_that_cannot_be_sent_is_refused():
    with pytest.raises(InvalidMessage):
        Drafts().text(" ", is_marketing=True)


# Rows


def test_what_is_in_neither_has_its_default():
    person = Contact.objects.create()

    bulk_insert.insert(ConsentRecord, [{"contact_id": person.pk}] * 3, kind="statement", source="api", text="Yes")

    records = list(ConsentRecord.objects.all())
    assert len(records) == 3
    assert {(record.scope, record.evidence, record.stated_by) for record in records} == {("everything", "", None)}
    assert all(record.recorded_at and record.at for record in records)


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        bulk_insert.insert(ConsentRecord, [])


def test_constraints_hold():
    person = Contact.objects.create()
    rows = [{"contact_id": person.pk, "value": "+12025550100"}] * 2

    with pytest.raises(IntegrityError):
        bulk_insert.insert(ContactIdentity, rows, kind="phone", evidence="test")


def test_statements_of_many_are_kept_with_one_query(inviter):
    people = [Contact.objects.create() for _person in range(3)]

    with CaptureQueriesContext(connection) as queries:
        consent.record_statements(people, stated_by=inviter, source="dashboard", text="They agreed.")

    kept = ConsentRecord.objects.values_list("contact", "kind", "source", "text", "stated_by").order_by("pk")
    assert sum("INSERT" in query["sql"] for query in queries) == 1
    assert list(kept) == [(each.pk, "statement", "dashboard", "They agreed.", inviter.pk) for each in people]
