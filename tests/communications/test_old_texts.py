"""MESSAGE_TEXT_RETENTION_DAYS: words and numbers go after a time, in portions; counts, prices and wishes stay."""

import itertools
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.utils import timezone

from communications import due_work, old_texts, signals
from communications.contacts import create_by_phone
from communications.message_facts import MESSAGES
from communications.models import (
    AuditEntry,
    Contact,
    ContactIdentity,
    CountedMessage,
    InboundMedia,
    InboundMessage,
    Message,
    MessageTally,
    Status,
    WebhookEvent,
)
from communications.phone_numbers import parse
from communications.sending import send_due
from communications.whatsapp_service import whatsapp_service
from invitations import life, personal_data
from invitations.invitation_facts import INVITATIONS
from invitations.models import CountedInvitation, Invitation, InvitationBatch, InvitationTally
from tests.communications.test_erasure import places_of

pytestmark = pytest.mark.django_db

ANN, BOB = "+12025550113", "+12025550112"
WORDS, ANSWER, CAPTION, NAME, COMPANY = "Come and see my accounts", "The garden gate", "My shop", "Quetzal", "Feathers"
TRACES = [ANN[1:], WORDS, ANSWER, CAPTION, NAME, COMPANY]


@pytest.fixture(autouse=True)
def _from_the_first(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(old_texts, "_marks", {})
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MESSAGE_TEXT_RETENTION_DAYS = 31


def later(days):
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=True)


WORK = {
    "old texts", "people long out of touch", "old webhooks", "expired invitations", "changed messages",
    "changed invitations", "old lists", personal_data.JOB,
}  # fmt: skip


def do_what_is_due(days=3):
    """What is passed over because something else has to go first, or be counted, is looked at again the next day."""
    for _day in range(days):
        old_texts._marks.clear()
        for job in [job for job in due_work.jobs() if job.name in WORK] * 2:
            while job.run():
                pass


def counted():
    return [
        sorted(model.objects.values_list(*[field.name for field in model._meta.fields if field.name != "details"]))
        for model in (CountedMessage, MessageTally, CountedInvitation, InvitationTally)
    ] + [sorted(map(str, MessageTally.objects.values_list("pk", "details")))]


@pytest.fixture
def ann(sandbox, invite, hand_over_webhooks, django_capture_on_commit_callbacks):
    """Somebody with words in every table, who said STOP."""
    invite(ANN, WORDS, recipientName=NAME, companyName=COMPANY, consent=True)
    hand_over_webhooks()
    for kind, content in (("text", {"body": ANSWER}), ("image", {"caption": CAPTION}), ("text", {"body": "STOP"})):
        sandbox.receive(kind, ANN, **content)
    hand_over_webhooks()
    whatsapp_service.fetch_received_media()
    send_due()
    hand_over_webhooks()
    MESSAGES.count_changed()
    INVITATIONS.count_changed()
    return Contact.objects.with_phone(ANN)


def test_after_the_time_nothing_of_the_person_is_left_but_counts_and_their_wish(
    ann, invite, django_capture_on_commit_callbacks
):
    assert len({place for place, _needle in places_of(*TRACES)}) >= 8
    files = [row.file.name for row in InboundMedia.objects.all()]
    before = counted()

    with later(days=32), django_capture_on_commit_callbacks(execute=True):
        do_what_is_due()

    assert places_of(*TRACES) == []
    assert files
    assert not any(map(default_storage.exists, files))
    assert counted() == before
    assert Message.objects.count() == 2
    answer = invite(ANN)
    assert (answer.status_code, answer.json()["code"]) == (409, "recipient_opted_out")
    entry = AuditEntry.objects.get(action="forgotten")
    assert (entry.actor_name, entry.subject, entry.details["retention"]) == ("manage.py", f"contact {ann.pk}", True)
    MESSAGES.rebuild()
    INVITATIONS.rebuild()
    assert counted() == before


def test_before_the_time_and_without_the_setting_all_is_kept(ann, settings):
    before = places_of(*TRACES)

    with later(days=30):
        do_what_is_due()
    assert [place for place in before if "WebhookEvent" not in place[0]] == [
        place for place in places_of(*TRACES) if "WebhookEvent" not in place[0]
    ]
    settings.MESSAGE_TEXT_RETENTION_DAYS = 0
    with later(days=1000):
        do_what_is_due()

    assert {place for place, _needle in places_of(WORDS)} >= {"communications.Message.text"}


def test_whoever_is_in_touch_keeps_their_number_and_loses_only_what_is_old(ann):
    with later(days=32):
        inbound = InboundMessage.objects.create(
            contact=ann, phone_number_id="1", wamid="wamid.new", kind="text", text="Still here", at=timezone.now(),
            content={},
        )  # fmt: skip
        do_what_is_due()

    assert Contact.objects.with_phone(ANN) == ann
    assert InboundMessage.objects.get() == inbound
    assert {message.text for message in Message.objects.all()} == {""}
    assert places_of(WORDS, ANSWER, CAPTION) == []


def test_what_is_still_to_be_sent_is_never_old(ann, sandbox):
    Message.objects.update(status=Status.QUEUED, due_at=timezone.now() + timedelta(days=60))
    Invitation.objects.update(state="expired")
    MESSAGES.count_changed()
    INVITATIONS.count_changed()

    with later(days=40):
        do_what_is_due()

    assert WORDS in set(Message.objects.values_list("text", flat=True))
    assert Invitation.objects.get().message == WORDS
    assert Contact.objects.with_phone(ANN) == ann


def test_invitation_that_can_be_accepted_is_not_over(ann, settings):
    settings.INVITATION_VALID_DAYS = 365

    with later(days=40):
        do_what_is_due()

    assert Invitation.objects.get().message == WORDS
    assert Contact.objects.with_phone(ANN) == ann


def test_whoever_joins_late_is_kept_for_as_long_again(ann, settings):
    settings.INVITATION_VALID_DAYS = 60
    with later(days=40):
        assert life.join(Invitation.objects.get(), via="page")
        do_what_is_due()
        assert Invitation.objects.get().recipient_name == NAME
        assert Contact.objects.with_phone(ANN) == ann

    with later(days=72):
        do_what_is_due()

    assert Invitation.objects.get().recipient_name == ""
    assert Contact.objects.with_phone(ANN) is None


def test_message_that_was_not_counted_yet_waits(ann):
    CountedMessage.objects.all().delete()

    with later(days=32):
        old_texts.drop()

    assert WORDS in set(Message.objects.values_list("text", flat=True))


def test_list_loses_its_words_and_who_stands_on_one_being_read_is_kept(ann, inviter, api):
    inviter.user_permissions.add(Permission.objects.get(codename="invite_in_bulk"))
    body = {"name": "Fair", "message": WORDS, "rows": [{"phoneNumber": BOB}]}
    api.post("/api/invitations/whatsapp/bulk/", body, format="json")
    waiting = create_by_phone(parse("+12025550114"), evidence="test")

    with later(days=32):
        old_texts.forget_people()
        assert not Contact.objects.get(pk=waiting.pk).forgotten_at
        InvitationBatch.objects.update(stage="cancelled", finished_at=timezone.now() - timedelta(days=31, minutes=1))
        personal_data.drop_old()

    assert InvitationBatch.objects.get().message == ""


@pytest.mark.parametrize("attempts", [0, 3])
def test_webhook_that_failed_ever_since_goes_and_one_that_was_never_tried_stays(attempts):
    event = WebhookEvent.objects.create(body=b"{", attempts=attempts)
    WebhookEvent.objects.filter(pk=event.pk).update(received_at=timezone.now() - timedelta(days=32))

    do_what_is_due()

    assert WebhookEvent.objects.exists() == (attempts == 0)


def test_it_goes_on_in_portions_and_passes_each_row_once_a_day(ann, monkeypatch):
    monkeypatch.setattr(old_texts.next_portion, "__kwdefaults__", {"size": 1})

    with later(days=32):
        looked_at = [old_texts.drop() for _ in range(5)]

    # A message and the three that she wrote; another message; and then nothing.
    assert looked_at == [4, 1, 0, 0, 0]
    assert {message.text for message in Message.objects.all()} == {""}


# People


@pytest.fixture
def gone(sandbox):
    """A function: somebody long out of touch, whom Meta is asked about if they have a user ID."""
    numbers = itertools.count(2025550120)

    def make(user_id=""):
        contact = create_by_phone(parse(f"+1{next(numbers)}"), evidence="test")
        if user_id:
            ContactIdentity.objects.create(contact=contact, kind="user_id", value=user_id, evidence="test")
        Contact.objects.update(created_at=timezone.now() - timedelta(days=40))
        return contact

    return make


def are_kept(*contacts):
    return [Contact.objects.get(pk=contact.pk).forgotten_at is None for contact in contacts]


def is_written_to(contact, status):
    Message.objects.create(contact=contact, kind="text", text=WORDS, content={}, status=status, wamid="wamid.new")


def writes(contact):
    InboundMessage.objects.create(
        contact=contact, phone_number_id="1", wamid="wamid.in", kind="text", text=ANSWER, at=timezone.now(), content={}
    )


def calls(contact):
    Contact.objects.filter(pk=contact.pk).update(last_wrote_at=timezone.now())


@pytest.mark.parametrize(
    ("gets_in_touch", "kept"),
    [
        (partial(is_written_to, status=Status.QUEUED), [(WORDS, "queued", "wamid.new")]),
        (partial(is_written_to, status=Status.ACCEPTED), [(WORDS, "accepted", "wamid.new")]),
        # What the test does is undone with the rest.
        (partial(is_written_to, status=Status.SENDING), []),
        (writes, [(ANSWER,)]),
        (calls, []),
    ],
)
def test_who_gets_in_touch_while_meta_is_asked_is_kept(gone, gets_in_touch, kept):
    person, other = gone(), gone()

    def at_the_last_moment(contact, **_kwargs):
        if contact == person:
            gets_in_touch(contact)

    signals.person_about_to_be_forgotten.connect(at_the_last_moment)
    try:
        assert old_texts.forget_people() == 1
    finally:
        signals.person_about_to_be_forgotten.disconnect(at_the_last_moment)

    assert are_kept(person, other) == [True, False]
    assert person.identities.exists()
    assert [
        *Message.objects.values_list("text", "status", "wamid"), *InboundMessage.objects.values_list("text")
    ] == kept  # fmt: skip


def test_person_whom_meta_fails_on_keeps_nobody_behind_them_and_is_forgotten_another_day(gone, settings, caplog):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"
    failing, fine, *more_failing, last = gone("US.1"), gone(), gone("US.2"), gone("US.3"), gone("US.4"), gone()

    assert old_texts.forget_people() == 1
    # Three in a row: it is Meta and not they.
    assert are_kept(failing, fine, *more_failing, last) == [True, False, True, True, True, True]
    assert caplog.text.count("is forgotten another day: service_unavailable") == 4
    assert old_texts.forget_people() == 1
    assert are_kept(failing, *more_failing, last) == [True, True, True, True, False]

    old_texts._marks.clear()
    settings.WHATSAPP_ACCESS_TOKEN = ""
    assert old_texts.forget_people() == 4
    assert Contact.objects.filter(forgotten_at=None).count() == 0


def test_nobody_is_asked_about_while_meta_refuses_everybody(gone, settings):
    settings.WHATSAPP_ACCESS_TOKEN = "not\nprintable"
    people = gone("US.1"), gone()

    assert old_texts.forget_people() == 0
    assert are_kept(*people) == [True, True]


def test_what_meta_refuses_is_in_the_audit_log(gone):
    gone("US.1")

    old_texts.forget_people()

    [told] = AuditEntry.objects.get(action="forgotten").details["meta"]
    assert told == "Meta did not take the person out of its contact book (code 131009)."


def test_people_are_forgotten_for_some_seconds_and_the_next_time_goes_on_behind_them(gone, monkeypatch):
    people = [gone() for _ in range(7)]
    seconds = itertools.count()
    monkeypatch.setattr(old_texts, "time", SimpleNamespace(monotonic=lambda: next(seconds)))

    assert [old_texts.forget_people() for _ in range(4)] == [3, 3, 1, 0]
    assert not any(are_kept(*people))
