"""Forgetting one person: nothing of them is left, others keep theirs, and a wish not to be written to holds."""

import json
from io import StringIO

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import models
from django.test import override_settings
from django.utils import timezone

from communications import consent, contacts, due_work, erasure, forgotten
from communications.contacts import Person, Sighting, recognise
from communications.errors import MetaUnreachable, RecipientOptedOut
from communications.models import (
    AuditEntry,
    Contact,
    ContactIdentity,
    ForgottenOptOut,
    IdempotencyKey,
    InboundMedia,
    InboundMessage,
    Message,
    MessageStatus,
    ParkedStatus,
    Status,
    WebhookEvent,
)
from communications.phone_numbers import parse
from communications.whatsapp_service import whatsapp_service
from invitations.models import BatchPiece, BatchRow, Invitation, InvitationBatch, InvitationMessage
from tests.communications.webhooks.posts import change, keep, receive, shell, status, written_by
from tests.conftest import WEBHOOK_PATH, signature_of

pytestmark = pytest.mark.django_db(transaction=True)

PHONE, DIGITS = "+12025550113", "12025550113"
OTHER = "+12025550112"
WORDS, ANSWER, CAPTION = "Come and see my accounts", "Where is the garden gate", "My own shop window"
SECRET_NAME, COMPANY = "Quetzalcoatl Jones", "Jones Feathers"


def everything_kept():
    """Every text, JSON and bytes of every table, as text, with where it stands."""
    for model in apps.get_models(include_auto_created=True):
        for row in model._default_manager.all():
            for field in model._meta.concrete_fields:
                value = getattr(row, field.attname)
                if isinstance(field, models.BinaryField):
                    value = bytes(value).decode(errors="replace").replace("\\/", "/")
                elif isinstance(field, models.JSONField):
                    value = json.dumps(value, ensure_ascii=False)
                yield f"{model._meta.label}.{field.name}", str(value)


def places_of(*needles):
    return sorted({(place, needle) for place, text in everything_kept() for needle in needles if needle in text})


def only_contact(phone=PHONE):
    return Contact.objects.with_phone(phone)


@pytest.fixture
def storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def known_person(sandbox, invite, client, hand_over_webhooks, storage):
    """Somebody with a trace in every table that can hold one; and somebody else beside them."""
    invite(PHONE, WORDS, recipientName=SECRET_NAME, companyName=COMPANY, consent=True, headers={"Idempotency-Key": "k"})
    invite(OTHER, "Something for somebody else")
    hand_over_webhooks()
    sandbox.configure(delay_ms=0)
    for kind, content in (("text", {"body": ANSWER}), ("image", {"caption": CAPTION}), ("text", {"body": "STOP"})):
        sandbox.receive(kind, PHONE, **content)
    sandbox.reply(OTHER, "I stay")
    hand_over_webhooks()
    whatsapp_service.fetch_received_media()
    contact = only_contact()
    message = contact.messages.earliest("created_at")
    MessageStatus.objects.filter(message=message, status="read").update(
        details={"pricing": {"billable": True}, "errors": [{"error_data": {"details": f"about {DIGITS}"}}]}
    )
    Message.objects.filter(pk=message.pk).update(meta_details=f"about {DIGITS}", reply_to=f"wamid.{DIGITS}")
    ParkedStatus.objects.create(
        wamid=message.wamid, message_ref=message.pk, status="read", at=timezone.now(), fingerprint="f",
        details={"recipient": DIGITS},
    )  # fmt: skip
    WebhookEvent.objects.create(body=b"no JSON, but " + DIGITS.encode(), processed_at=timezone.now())
    recognise([Sighting(Person(wa_id="12025550188", user_id="US.77"), "message")])
    return contact


def needles_of(contact):
    wamids = [
        *contact.messages.values_list("wamid", flat=True),
        *contact.inbound_messages.values_list("wamid", flat=True),
    ]
    user_ids = contact.identities.filter(kind="user_id").values_list("value", flat=True)
    return [DIGITS, WORDS, ANSWER, CAPTION, SECRET_NAME, COMPANY, contact.name, *filter(None, wamids), *user_ids]


def test_nothing_of_the_person_is_left_in_any_table(known_person):
    needles = needles_of(known_person)
    assert len({place for place, _needle in places_of(*needles)}) >= 12
    files = [row.file.name for row in InboundMedia.objects.filter(message__contact=known_person)]
    assert all(map(default_storage.exists, files))
    assert files

    erasure.forget(known_person)

    assert places_of(*needles) == []
    assert not any(map(default_storage.exists, files))


def test_others_keep_what_is_theirs(known_person):
    other = only_contact(OTHER)
    before = {place for place, text in everything_kept() if OTHER[1:] in text}

    erasure.forget(known_person)

    assert {place for place, text in everything_kept() if OTHER[1:] in text} == before
    assert other.messages.get().text == "Something for somebody else"
    assert other.inbound_messages.get().text == "I stay"


def test_counts_stay(known_person):
    messages, invitations = Message.objects.count(), Invitation.objects.count()

    erasure.forget(known_person)

    assert (Message.objects.count(), Invitation.objects.count()) == (messages, invitations)
    kept = MessageStatus.objects.get(message__contact=known_person, message__kind="text", status="read")
    assert kept.details == {"pricing": {"billable": True}}
    known_person.refresh_from_db()
    assert known_person.forgotten_at is not None


def test_invitation_leads_nowhere_and_is_shown_without_the_person(known_person, client, inviter):
    invitation = Invitation.objects.get(contact=known_person)
    client.force_login(inviter)
    assert client.get(f"/i/{invitation.token}/").status_code == 200

    erasure.forget(known_person)

    assert client.get(f"/i/{invitation.token}/").status_code == 404
    assert Invitation.objects.get(pk=invitation.pk).state == "revoked"
    page = client.get(f"/dashboard/invitations/{invitation.pk}/")
    assert "Erased person" in page.content.decode()
    assert "Erased person" in client.get("/dashboard/invitations/").content.decode()


def test_what_is_said_of_the_person_later_brings_nothing_back(known_person, sandbox):
    needles = needles_of(known_person)
    message = Message.objects.filter(contact=known_person).first()
    wamid, ref = message.wamid, message
    erasure.forget(known_person)

    receive(status("read", ref, wamid=wamid, recipient_id=DIGITS))
    WebhookEvent.objects.all().delete()

    assert places_of(*needles) == []
    assert ParkedStatus.objects.count() == 0


def test_opt_out_holds_when_the_number_is_typed_again(known_person, invite):
    assert known_person.has_opted_out

    erasure.forget(known_person)

    assert ForgottenOptOut.objects.exists()
    answer = invite(PHONE)
    assert (answer.status_code, answer.json()["code"]) == (409, "recipient_opted_out")
    with pytest.raises(RecipientOptedOut):
        whatsapp_service.send_text_message(PHONE, "Hello")


def test_opt_out_holds_when_the_person_is_heard_of_again_and_start_lifts_it(known_person):
    user_id = known_person.identities.get(kind="user_id").value
    erasure.forget(known_person)

    receive(messages=[written_by(DIGITS, when=1895348900, text="Hello again")])
    again = only_contact()
    assert again.has_opted_out
    assert again != known_person
    receive(messages=[written_by("", when=1895348950, text="START", from_user_id=user_id)])

    by_id = ContactIdentity.objects.get(kind="user_id", value=user_id).contact
    assert not by_id.has_opted_out


def test_opt_out_is_found_under_an_earlier_secret_key(known_person, settings):
    erasure.forget(known_person)

    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        contact = contacts.create_by_phone(parse(PHONE), evidence="test")
    assert contact.has_opted_out


def test_verdict_under_the_number_says_it_before_it_is_sent(known_person, client, inviter):
    erasure.forget(known_person)
    client.force_login(inviter)

    page = client.post("/dashboard/invite/verdict/", {"phone_number": PHONE}).content.decode()

    assert "asked not to receive" in page


def test_person_without_a_wish_leaves_none(sandbox, invite):
    invite(OTHER)

    erasure.forget(only_contact(OTHER))

    assert not ForgottenOptOut.objects.exists()
    assert invite(OTHER).status_code == 200


@pytest.mark.parametrize("scope", ["everything", "marketing"])
def test_wish_about_marketing_stays_one_about_marketing(scope):
    contact = contacts.create_by_phone(parse(OTHER), evidence="test")
    consent.record([consent.ConsentRecord(contact=contact, kind="opt_out", source="preference", scope=scope)])

    erasure.forget(contact)

    again = contacts.create_by_phone(parse(OTHER), evidence="test")
    assert again.has_opted_out == (scope == "everything")
    assert again.has_opted_out_of_marketing
    with pytest.raises(RecipientOptedOut):
        forgotten.require_no_wish(("phone", OTHER))


def test_meta_is_asked_to_forget_its_contact_book(known_person, sandbox):
    user_id = known_person.identities.get(kind="user_id").value

    erased = erasure.forget(known_person)

    assert sandbox.contact_book_deletions() == [user_id]
    assert erased.notes == ("Meta took the person out of its contact book.",)


def test_nothing_is_erased_while_meta_cannot_be_asked(known_person, settings):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"
    before = list(everything_kept())

    with pytest.raises(MetaUnreachable):
        erasure.forget(known_person)

    assert list(everything_kept()) == before
    erasure.forget(known_person, tell_meta=False)
    assert only_contact() is None


def test_refusal_of_metas_does_not_keep_the_person(known_person, sandbox):
    known_person.identities.filter(kind="user_id").update(value="US.1")

    erased = erasure.forget(known_person)

    assert erased.notes == ("Meta did not take the person out of its contact book (code 131009).",)
    assert only_contact() is None


def test_message_on_its_way_is_waited_for(known_person):
    Message.objects.filter(contact=known_person).update(status=Status.SENDING)

    with pytest.raises(erasure.OnItsWay, match="three minutes"):
        erasure.forget(known_person)

    assert only_contact() == known_person


def test_queued_message_is_never_sent(known_person, sandbox):
    """The confirmation of STOP waits in the queue."""
    assert Message.objects.filter(contact=known_person, status=Status.QUEUED).exists()
    sent = len(sandbox.messages())

    erasure.forget(known_person)
    due_work.run_once()

    assert len(sandbox.messages()) == sent
    assert not Message.objects.filter(status=Status.QUEUED).exists()


def test_stop_that_waits_to_be_understood_is_obeyed_before_it_is_erased():
    contact = contacts.create_by_phone(parse(OTHER), evidence="test")
    keep(change(messages=[written_by(OTHER[1:], text="STOP")]))

    erasure.forget(contact)

    assert contacts.create_by_phone(parse(OTHER), evidence="test").has_opted_out


def test_webhook_about_several_people_loses_the_items_of_one():
    contact = contacts.create_by_phone(parse(OTHER), evidence="test")
    items = [written_by(OTHER[1:], when=1), written_by("12025550199", when=2)]
    people = [{"wa_id": OTHER[1:], "profile": {"name": "A"}}, {"wa_id": "12025550199", "profile": {"name": "B"}}]
    event = keep(change(messages=items, contacts=people), change(statuses=[status("read", recipient_id=OTHER[1:])]))

    erasure.forget(contact)

    [entry] = json.loads(bytes(WebhookEvent.objects.get(pk=event.pk).body))["entry"]
    [left] = entry["changes"]
    assert [item["from"] for item in left["value"]["messages"]] == ["12025550199"]
    assert [item["wa_id"] for item in left["value"]["contacts"]] == ["12025550199"]


def test_number_within_a_longer_number_is_somebody_elses():
    contact = contacts.create_by_phone(parse("+4915123456789"), evidence="test")
    event = keep(change(messages=[written_by("4915123456789012", when=1)]))

    erasure.forget(contact)

    assert WebhookEvent.objects.filter(pk=event.pk).exists()


def test_number_that_somebody_else_has_by_now_is_left_alone():
    contact = contacts.create_by_phone(parse(OTHER), evidence="test")
    contacts.end_identities([(contact, ("phone", OTHER))])
    successor = contacts.create_by_phone(parse(OTHER), evidence="test")
    event = keep(change(messages=[written_by(OTHER[1:], when=1)]))

    erasure.forget(contact)

    assert WebhookEvent.objects.filter(pk=event.pk).exists()
    assert only_contact(OTHER) == successor


def test_act_is_in_the_audit_log_without_a_word_about_the_person(known_person, admin_user):
    erasure.forget(known_person, by=admin_user)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject) == ("forgotten", admin_user, f"contact {known_person.pk}")
    assert entry.details["messages"] == Message.objects.filter(contact=known_person).count()
    assert entry.details["wishes"] == 1


def test_audit_entry_is_neither_changed_nor_deleted(known_person):
    erasure.forget(known_person)
    entry = AuditEntry.objects.get()

    for change_it in (entry.save, entry.delete):
        with pytest.raises(TypeError):
            change_it()


def test_answers_kept_for_repetitions_go_too(known_person):
    assert IdempotencyKey.objects.exists()

    erasure.forget(known_person)

    assert not IdempotencyKey.objects.exists()


def test_another_apps_error_undoes_the_erasure(known_person):
    from communications.signals import person_forgotten

    def fail(**kwargs):
        raise RuntimeError("not mine")

    person_forgotten.connect(fail, sender=Contact)
    try:
        with pytest.raises(RuntimeError):
            erasure.forget(known_person)
    finally:
        person_forgotten.disconnect(fail, sender=Contact)

    assert only_contact() == known_person
    assert InboundMessage.objects.filter(contact=known_person).exists()


def test_opt_out_holds_for_a_whole_list_too(known_person):
    erasure.forget(known_person)

    found = contacts.find_or_create_by_phones([PHONE, "+12025550177"], evidence="list")

    assert found[PHONE].has_opted_out
    assert not found["+12025550177"].has_opted_out


def test_of_a_template_message_its_name_is_left_to_be_counted_by(sandbox):
    whatsapp_service.send_payment_confirmation(OTHER, amount="$250.00", reference="PAY-OF-HERS")

    erasure.forget(only_contact(OTHER))

    assert Message.objects.get().content == {
        "template": {"name": "payment_confirmation", "language": {"code": "en_US"}}
    }


# Lists


@pytest.fixture
def some_list(inviter):
    return InvitationBatch.objects.create(inviter=inviter, name="Spring", row_count=3, verdicts={"valid": 2})


def test_rows_of_lists_go_and_those_of_others_stay(known_person, some_list):
    for number, phone in enumerate((PHONE, OTHER), start=2):
        BatchRow.objects.create(
            batch=some_list, number=number, given=phone, phone_number=phone, recipient_name="Row", verdict="valid"
        )
    needles = needles_of(known_person)

    told = json.loads(run("export_person", PHONE))
    erasure.forget(known_person)

    assert [(row["row"], row["phoneNumber"]) for row in told["listRows"]] == [(2, PHONE)]
    assert list(BatchRow.objects.order_by("number").values_list("phone_number", flat=True)) == ["", OTHER]
    some_list.refresh_from_db()
    assert some_list.verdicts == {"valid": 1, "invalid_request": 1}
    assert places_of(*needles) == []


def test_row_that_was_sent_still_counts_for_its_list(known_person, some_list):
    row = BatchRow.objects.create(batch=some_list, number=2, given=PHONE, phone_number=PHONE, verdict="valid")
    InvitationMessage.objects.filter(message__contact=known_person).update(batch_row=row)

    erasure.forget(known_person)

    some_list.refresh_from_db()
    assert some_list.verdicts == {"valid": 2}
    row.refresh_from_db()
    assert (row.phone_number, row.given) == ("", "")
    # What a list sent is not part of the daily quota, which it would be without its row.
    assert InvitationMessage.objects.get(message__contact=known_person).batch_row == row


def test_rows_that_are_still_to_be_read_go_however_the_number_is_written(known_person, some_list):
    some_list.country = "US"
    some_list.save()
    rows = [
        [2, "(202) 555-0113", SECRET_NAME, "", "", ""],
        [3, "no number", "", "", "", ""],
        [4, OTHER, "", "", "", ""],
    ]
    BatchPiece.objects.create(batch=some_list, number=1, rows=rows)

    told = json.loads(run("export_person", PHONE))
    erasure.forget(known_person)

    assert [row["recipientName"] for row in told["listRows"]] == [SECRET_NAME]
    assert [row[0] for row in BatchPiece.objects.get().rows] == [3, 4]


def test_each_row_of_a_list_is_counted_once(known_person, some_list):
    BatchRow.objects.create(batch=some_list, number=2, given=PHONE, phone_number=PHONE, verdict="valid")

    counts = erasure.preview(known_person)

    assert {kind: count for kind, count in counts.items() if "row" in kind.lower()} == {"listRows": 1}


# The commands


def run(command, *arguments, **options):
    told = StringIO()
    call_command(command, *arguments, stdout=told, **options)
    return told.getvalue()


@pytest.mark.parametrize("name", ["+1 (202) 555-0113", "contact", "user_id"])
def test_person_is_found_by_number_by_id_and_by_user_id(known_person, name):
    named = {
        "contact": str(known_person.pk),
        "user_id": known_person.identities.get(kind="user_id").value,
    }.get(name, name)

    told = run("forget_person", named, no_input=True)

    assert told.endswith(f"Contact {known_person.pk} is forgotten.\n")
    assert only_contact() is None


def test_dry_run_says_what_would_go_and_erases_nothing(known_person):
    before = list(everything_kept())

    told = run("forget_person", PHONE, dry_run=True)

    assert "     3 receivedMessages\n" in told
    assert "     1 invitations\n" in told
    assert told.endswith("Nothing was erased.\n")
    assert list(everything_kept()) == before


@pytest.mark.parametrize(("typed", "is_forgotten"), [("yes", True), ("y", False), ("", False)])
def test_command_asks_first(known_person, monkeypatch, typed, is_forgotten):
    monkeypatch.setattr("builtins.input", lambda question: typed)

    if is_forgotten:
        run("forget_person", PHONE)
    else:
        with pytest.raises(CommandError, match="Nothing was erased"):
            run("forget_person", PHONE)

    assert (only_contact() is None) == is_forgotten


@pytest.mark.parametrize("person", ["+12025550199", "999999", "US.nobody", "99999999999999999999999"])
def test_nobody_is_named_as_such(db, person):
    with pytest.raises(CommandError, match="Nobody is kept under that"):
        run("forget_person", person, no_input=True)


def test_number_that_several_gave_up_needs_the_id():
    former = [contacts.create_by_phone(parse(OTHER), evidence="test")]
    contacts.end_identities([(former[0], ("phone", OTHER))])
    former.append(contacts.create_by_phone(parse(OTHER), evidence="test"))
    contacts.end_identities([(former[1], ("phone", OTHER))])

    with pytest.raises(CommandError, match=f"Give the ID of one: {former[0].pk}, {former[1].pk}"):
        run("forget_person", OTHER, no_input=True)


def test_command_says_why_nothing_was_erased(known_person, settings):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="--without-meta"):
        run("forget_person", PHONE, no_input=True)

    assert "was left as it is" in run("forget_person", PHONE, no_input=True, without_meta=True)


def test_export_tells_everything_as_json_and_is_audited(known_person, tmp_path):
    told = json.loads(run("export_person", PHONE, files=tmp_path / "files"))

    assert next(row["value"] for row in told["identities"]) == PHONE
    assert told["messages"][0]["text"] == WORDS
    assert {step["status"] for step in told["messages"][0]["timeline"]} == {"accepted", "sent", "delivered", "read"}
    assert {row["text"] for row in told["receivedMessages"]} == {ANSWER, CAPTION, "STOP"}
    assert {row["kind"] for row in told["consent"]} == {"statement", "opt_out"}
    assert told["invitations"][0]["recipientName"] == SECRET_NAME
    assert told["person"]["optedOutAt"]
    assert AuditEntry.objects.get().action == "exported"
    [file] = (tmp_path / "files").iterdir()
    assert file.stat().st_size > 0


def test_export_holds_nothing_of_others(known_person, client):
    body = json.dumps(
        shell(
            change(
                messages=[written_by(DIGITS, when=5, text="of hers"), written_by(OTHER[1:], when=6, text="of others")]
            )
        )
    ).encode()
    client.post(WEBHOOK_PATH, body, content_type="application/json", headers=signature_of(body))

    told = run("export_person", PHONE)

    assert "of hers" in told
    assert "of others" not in told
    assert OTHER[1:] not in told


def test_export_goes_to_a_file(known_person, tmp_path):
    assert run("export_person", PHONE, output=tmp_path / "person.json") == ""

    assert json.loads((tmp_path / "person.json").read_text())["person"]["contact"] == known_person.pk
