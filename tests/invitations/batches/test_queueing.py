"""The people of a running list are put into the queue: each of them once, whatever dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communications import consent, contacts
from communications.models import Campaign, ConsentRecord, Contact, ContactIdentity, Message, MessageTemplate, Status
from communications.phone_numbers import parse
from invitations.batches import carrying, control, queueing, tallies
from invitations.batches.creation import LIST_CONSENT_STATEMENT
from invitations.batches.list_rows import ListRow
from invitations.models import BatchRow, Invitation, InvitationBatch, InvitationMessage
from tests.communications.webhooks.posts import receive, status
from tests.invitations.batches.conftest import numbers, verdicts_of, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def started(judged, sandbox):
    def start(rows, **fields):
        return control.start(judged(rows, **fields))

    return start


def sent_to(sandbox):
    return sorted(message["to"] for message in sandbox.messages())


def test_each_person_of_a_list_gets_one_message(started, sandbox):
    batch = started(numbers(25))

    work_off()

    batch = InvitationBatch.objects.get(pk=batch.pk)
    assert batch.state == "finished"
    assert sent_to(sandbox) == numbers(25)
    assert Invitation.objects.filter(batch=batch).count() == InvitationMessage.objects.count() == 25


def test_only_valid_rows_are_sent_and_each_in_its_own_words(started, sandbox):
    started([
        ListRow(2, "+12025550100", "Ann", "Acme"),
        ListRow(3, "not a number"),
        ListRow(4, "+12025550101", words="Only for Bob"),
        ListRow(5, "+1 202 555 0100"),
    ])  # fmt: skip

    work_off()

    assert {message["to"]: message["text"] for message in sandbox.messages()} == {
        "+12025550100": "Join me on Dott",
        "+12025550101": "Only for Bob",
    }
    ann = Invitation.objects.get(phone_number="+12025550100")
    assert (ann.recipient_name, ann.company_name, ann.sender_name) == ("Ann", "Acme", "John Doe")


def test_consent_is_kept_for_each_person_in_the_words_that_were_shown(started, may_invite_in_bulk):
    started(numbers(3), has_consent=True, source="dashboard")

    queueing.queue_due()

    records = ConsentRecord.objects.values_list("kind", "source", "text", "stated_by")
    assert list(records) == [("statement", "dashboard", LIST_CONSENT_STATEMENT, may_invite_in_bulk.pk)] * 3


def test_queue_is_filled_only_as_far_as_it_is_worked_off(started, monkeypatch):
    monkeypatch.setattr(queueing, "PORTION", 10)
    monkeypatch.setattr(queueing, "LEAST_ROOM", 20)
    monkeypatch.setattr(queueing, "SECONDS_OF_ROOM", 0)
    started(numbers(50))

    queueing.queue_due()

    assert Message.objects.count() == 20
    work_off()
    assert Message.objects.exclude(status=Status.QUEUED).count() == 50


def test_list_is_not_finished_while_people_are_still_to_be_queued(started, sandbox, monkeypatch):
    from communications import campaigns

    batch = started(numbers(3))

    assert not campaigns.finish_if_done(batch.campaign.pk)
    work_off()
    assert InvitationBatch.objects.get(pk=batch.pk).state == "finished"


def test_messages_wait_as_marketing_of_their_campaign(started):
    batch = started(numbers(1))

    queueing.queue_due()

    message = Message.objects.get()
    assert (message.status, message.was_queued, message.is_marketing) == ("queued", True, True)
    assert message.campaign == batch.campaign
    assert message.expires_at > timezone.now() + timedelta(days=29)


def test_link_follows_the_text_with_a_token_for_each_person(started):
    started(numbers(2), link_base="https://dott.example")

    queueing.queue_due()

    for invitation in Invitation.objects.select_related("newest_message"):
        assert invitation.newest_message.text == f"Join me on Dott\n\nhttps://dott.example/i/{invitation.token}/"
    assert Invitation.objects.values("token").distinct().count() == 2


def test_strangers_get_the_template_in_their_language_and_whoever_wrote_today_the_words(started, settings):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    writer = contacts.create_by_phone(parse("+33612345678"), evidence="test")
    Contact.objects.filter(pk=writer.pk).update(last_wrote_at=timezone.now())
    started(["+34612345678", "+33612345678", "+12025550100"])

    queueing.queue_due()

    messages = {message.to_number: message for message in Message.objects.all()}
    assert messages["+34612345678"].content["template"]["language"]["code"] == "es"
    assert messages["+12025550100"].content["template"]["language"]["code"] == "en_US"
    assert messages["+33612345678"].content == {"type": "text", "text": {"body": "Join me on Dott"}}


def test_person_with_an_open_invitation_gets_it_again(started, invite, sandbox, judged):
    invite("+12025550100", recipientName="Ann")
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=2))
    batch = started([ListRow(1, "+12025550100", company_name="Acme", words="Once more")])

    work_off()

    invitation = Invitation.objects.get()
    assert (invitation.batch, invitation.message, invitation.newest_message.text) == (batch, "Once more", "Once more")
    assert (invitation.recipient_name, invitation.company_name) == ("Ann", "Acme")
    assert InvitationMessage.objects.filter(invitation=invitation).count() == 2


def test_who_opts_out_or_is_invited_meanwhile_is_left_out(judged, invite, sandbox):
    batch = judged(["+12025550100", "+12025550101", "+12025550102"])
    consent.record_opt_out(contacts.create_by_phone(parse("+12025550100"), evidence="test"), source="word")
    invite("+12025550101")

    control.start(batch)
    work_off()

    batch.refresh_from_db()
    assert verdicts_of(batch) == [(1, "recipient_opted_out"), (2, "recently_invited"), (3, "valid")]
    assert batch.verdicts == {"recipient_opted_out": 1, "recently_invited": 1, "valid": 1}
    assert sent_to(sandbox) == ["+12025550101", "+12025550102"]
    assert InvitationBatch.objects.get(pk=batch.pk).state == "finished"


def test_two_rows_that_turn_out_to_be_one_person_get_one_message(judged, sandbox):
    batch = judged(["+12025550100", "+12025550101"])
    person = contacts.create_by_phone(parse("+12025550100"), evidence="test")
    person.identities.create(kind=ContactIdentity.Kind.PHONE, value="+12025550101", evidence="test")

    control.start(batch)
    work_off()

    assert verdicts_of(batch) == [(1, "valid"), (2, "duplicate")]
    assert sent_to(sandbox) == ["+12025550100"]


def test_cool_down_of_single_invitations_counts_those_of_lists(started, invite):
    started(["+12025550100"])
    queueing.queue_due()

    assert invite("+12025550100").json()["code"] == "recently_invited"


def test_list_leaves_the_daily_quota_alone(started, invite, settings):
    settings.INVITATION_DAILY_QUOTA = 1
    started(numbers(3))
    work_off()

    assert invite("+12025550100").status_code == 200
    assert invite("+12025550101").json()["code"] == "quota_reached"


def test_process_that_dies_within_a_portion_leaves_nothing_half_done(started, sandbox, monkeypatch):
    batch = started(numbers(30))
    with monkeypatch.context() as broken:
        broken.setattr(carrying, "_write_verdicts", lambda rows: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            queueing.queue_due()
    assert not Message.objects.exists()
    assert not Invitation.objects.exists()

    work_off()

    assert sent_to(sandbox) == numbers(30)
    assert InvitationBatch.objects.get(pk=batch.pk).state == "finished"


@pytest.mark.postgres
def test_two_processes_queue_each_person_once(started, sandbox, monkeypatch):
    monkeypatch.setattr(queueing, "PORTION", 20)
    started(numbers(200))
    barrier = Barrier(4)

    def work():
        barrier.wait()
        try:
            return queueing.queue_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: work(), range(4)))
    queueing.queue_due()

    assert Message.objects.count() == Invitation.objects.count() == 200
    work_off()
    assert sent_to(sandbox) == numbers(200)


@pytest.mark.postgres
def test_list_and_single_invitation_of_one_person_at_the_same_instant_send_one_message(started, token, sandbox):
    import json

    from rest_framework.test import APIClient

    started(["+12025550100"])
    barrier = Barrier(2)

    def single():
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        barrier.wait()
        try:
            body = json.dumps({"phoneNumber": "+12025550100", "message": "Join me"})
            client.post("/api/invitations/whatsapp/", body, content_type="application/json")
        finally:
            connections.close_all()

    def whole_list():
        barrier.wait()
        try:
            queueing.queue_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for finished in [pool.submit(single), pool.submit(whole_list)]:
            finished.result()
    work_off()

    assert sent_to(sandbox) == ["+12025550100"]


def test_one_invitation_for_each_person_and_list_is_held_by_the_database(started):
    started(numbers(1))
    queueing.queue_due()
    invitation = Invitation.objects.get()

    invitation.pk, invitation.state, invitation.token = None, Invitation.State.DECLINED, "another"
    invitation._state.adding = True
    with pytest.raises(DatabaseError):
        invitation.save()


def test_people_whose_template_is_not_approved_wait_for_it(started, settings, sandbox):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    spanish = MessageTemplate.objects.create(name="business_invitation", language="es", status="PENDING")
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="APPROVED")
    batch = started(["+34612345678", "+12025550100"])

    work_off()
    batch = InvitationBatch.objects.get(pk=batch.pk)
    assert batch.state == "running"
    assert batch.verdicts == {"waiting_for_template": 1, "valid": 1}
    assert "pending at Meta" in batch.rows.get(number=1).reason
    assert sent_to(sandbox) == ["+12025550100"]

    spanish.status = "APPROVED"
    spanish.save()
    queueing.queue_waiting()
    work_off()
    batch = InvitationBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.verdicts) == ("finished", {"valid": 2})
    assert sent_to(sandbox) == ["+12025550100", "+34612345678"]


def test_list_none_of_whose_templates_can_be_sent_waits_as_it_is(started, settings, sandbox):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    template = MessageTemplate.objects.create(name="business_invitation", language="de", status="APPROVED")
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="APPROVED")
    batch = started(numbers(3))
    MessageTemplate.objects.exclude(pk=template.pk).update(status="PAUSED")

    work_off()
    batch.refresh_from_db()
    assert (batch.verdicts, batch.queued_to) == ({"valid": 3}, 0)

    MessageTemplate.objects.update(status="APPROVED")
    work_off()
    assert sent_to(sandbox) == numbers(3)


def test_late_131047_leads_to_the_template_within_the_list(started, settings, sandbox):
    batch = started(["+12025550100"])
    work_off()
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    text = Message.objects.get()

    receive(status("failed", text, text.wamid, errors=[{"code": 131047, "title": "Re-engagement"}]))
    work_off()

    batch = InvitationBatch.objects.get(pk=batch.pk)
    template = Message.objects.get(kind="template")
    tally = tallies.tally_of(batch)
    assert template.campaign == batch.campaign
    assert batch.rows.get().sending.message == template
    assert (batch.state, sum(tally.statuses.values())) == ("finished", 1)


def test_number_of_queries_does_not_grow_with_the_portion(started, monkeypatch):
    counts = []
    for count, first in ((5, 1000), (900, 30000)):
        started(numbers(count, first), has_consent=True)
        with CaptureQueriesContext(connection) as queries:
            queueing.queue_due()
        counts.append(sum(not query["sql"].startswith("INSERT") for query in queries))

    assert counts[0] == counts[1]


def test_campaigns_that_are_no_lists_are_left_alone(db):
    Campaign.objects.create(state=Campaign.State.RUNNING, is_growing=True)

    assert queueing.queue_due() == 0
    assert not BatchRow.objects.exists()


def test_invitation_that_has_expired_makes_room_for_a_new_one(started, invite, sandbox, settings):
    invite("+12025550100")
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=settings.INVITATION_VALID_DAYS + 1))
    batch = started(["+12025550100"])

    work_off()

    assert list(Invitation.objects.order_by("pk").values_list("state", "batch")) == [
        ("expired", None), ("open", batch.pk),
    ]  # fmt: skip
