"""The admin: every model is there, with rows, a search that finds, filters, and pages that can be read."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from communications import contacts, operations
from communications.admin import base
from communications.message_facts import MESSAGES
from communications.models import (
    AccountEvent,
    AuditEntry,
    Campaign,
    ChangedMessage,
    Channel,
    ConsentRecord,
    Contact,
    CountedMessage,
    ForgottenOptOut,
    IdempotencyKey,
    IdentityConflict,
    InboundMedia,
    InboundMessage,
    Message,
    MessageStatus,
    MessageTally,
    MessageTemplate,
    ParkedStatus,
    Status,
    TokenScopes,
    TokenUse,
    UploadedMedia,
    WebhookEvent,
)
from communications.phone_numbers import parse
from invitations.invitation_facts import INVITATIONS
from invitations.models import BatchPiece, BatchRow, CountedInvitation, Invitation, InvitationBatch, InvitationTally

pytestmark = pytest.mark.django_db

OURS = [model for app in ("communications", "invitations") for model in apps.get_app_config(app).get_models()]
PHONE = "+12025550100"
NOW = timezone.now


@pytest.fixture
def rows(sandbox, invite, inviter):
    """A row of every model, each related to the others as in life."""
    invite(PHONE, headers={"Idempotency-Key": "my-key"})
    MESSAGES.count_changed()
    INVITATIONS.count_changed()
    Invitation.objects.update(company_name="Changed since")
    message = Message.objects.get()
    contact = message.contact
    other = contacts.create_by_phone(parse("+12025550101"), evidence="test")
    campaign = Campaign.objects.create(name="Autumn")
    Message.objects.update(campaign=campaign)
    inbound = InboundMessage.objects.create(
        contact=contact, phone_number_id="1", wamid="wamid.in", kind="image", at=NOW(), in_reply_to=message,
        content={"from": "12025550100", "text": {"body": "Grüße"}},
    )  # fmt: skip
    IdentityConflict.objects.create(contact=contact, holder=other, kind="phone", value="+1", evidence="status")
    ConsentRecord.objects.create(contact=contact, kind="statement", source="api", stated_by=inviter, text="Yes")
    ForgottenOptOut.objects.create(digest="d" * 64, source="word", scope="everything", at=NOW())
    InboundMedia.objects.create(message=inbound, kind="image", media_id="77", received_at=NOW())
    UploadedMedia.objects.create(
        phone_number_id="1", sha256="e" * 64, mime_type="image/png", size=1, media_id="88", uploaded_at=NOW(),
        expires_at=NOW(),
    )  # fmt: skip
    ParkedStatus.objects.create(wamid="wamid.parked", status="read", at=NOW(), fingerprint="f")
    MessageTemplate.objects.create(name="hello", language="en_US", components=[{"type": "BODY", "text": "Hi"}])
    AccountEvent.objects.create(at=NOW(), field="security", event="PIN", value={"a": 1}, fingerprint="g")
    WebhookEvent.objects.create(body=json.dumps({"entry": [{"id": "Grüße"}]}).encode(), error="Traceback", attempts=1)
    token, _text = AuthToken.objects.create(inviter)
    TokenScopes.objects.create(token=token, scopes=["invite"])
    TokenUse.objects.create(token=token, last_used_at=NOW())
    batch = InvitationBatch.objects.create(inviter=inviter, name="Spring")
    BatchRow.objects.create(batch=batch, number=1, given=PHONE, phone_number=PHONE, verdict="valid")
    BatchPiece.objects.create(batch=batch, number=1, rows=[[1, PHONE]])
    operations.pause(by=inviter)


def address(model, page, *arguments):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def listed(client, model, **query):
    """How many rows the list shows."""
    answer = client.get(address(model, "changelist"), query)
    assert answer.status_code == 200, answer
    return len(answer.context["cl"].result_list)


@pytest.mark.parametrize("model", OURS)
def test_every_model_is_in_the_admin_and_can_be_searched(model):
    registered = admin.site._registry[model]

    assert isinstance(registered, base.ReadOnlyAdmin)
    assert registered.search_help_text


@pytest.mark.parametrize("model", OURS)
def test_list_and_page_of_every_model_show_a_row(admin_client, rows, model):
    row = model._default_manager.latest("pk")

    page = admin_client.get(address(model, "change", row.pk))

    assert listed(admin_client, model) >= 1
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()


@pytest.mark.parametrize("model", OURS)
def test_nothing_is_added_changed_or_deleted_by_hand(admin_client, rows, model):
    row = model._default_manager.latest("pk")

    assert admin_client.get(address(model, "add")).status_code == 403
    assert admin_client.post(address(model, "change", row.pk), {}).status_code == 403
    assert admin_client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", OURS)
def test_every_filter_of_every_list_works(admin_client, rows, model):
    changes = admin_client.get(address(model, "changelist")).context["cl"]
    for spec in changes.filter_specs:
        for choice in spec.choices(changes):
            assert admin_client.get(address(model, "changelist") + choice["query_string"]).status_code == 200


BY_PERSON = ["+1 (202) 555-0100", "12025550100"]


@pytest.mark.parametrize(
    ("model", "terms"),
    [
        (Contact, BY_PERSON),
        (Message, [*BY_PERSON, "id", "wamid"]),
        (MessageStatus, ["message_id"]),
        (InboundMessage, [*BY_PERSON, "wamid.in"]),
        (InboundMedia, [*BY_PERSON, "77", "wamid.in"]),
        (UploadedMedia, ["88", "E" * 64]),
        (ParkedStatus, ["wamid.parked"]),
        (ConsentRecord, BY_PERSON),
        (IdentityConflict, [*BY_PERSON, "+12025550101"]),
        (ForgottenOptOut, ["d" * 64]),
        (IdempotencyKey, ["my-key"]),
        (Campaign, ["autu"]),
        (MessageTemplate, ["ell"]),
        (AccountEvent, ["pin", "secur"]),
        (AuditEntry, ["john", "676188225586230"]),
        (Channel, ["676188225586230"]),
        (TokenScopes, ["john"]),
        (WebhookEvent, ["pk"]),
        (ChangedMessage, ["changed_id"]),
        (CountedMessage, ["pk"]),
        (MessageTally, ["day"]),
        (CountedInvitation, ["pk"]),
        (InvitationTally, ["day"]),
        (Invitation, [*BY_PERSON, "id", "john"]),
        (InvitationBatch, ["id", "prin", "john"]),
        (BatchRow, ["+1 (202) 555-0100", "batch_id"]),
        (BatchPiece, ["batch_id"]),
    ],
)
def test_search_finds_what_is_typed_and_nothing_else(admin_client, rows, model, terms):
    row = model._default_manager.first()
    for term in terms:
        assert listed(admin_client, model, q=str(getattr(row, term, term))) >= 1, term
    for stranger in ("+12025550199", "wamid.nobody", "00000000-0000-0000-0000-000000000000", "x'\"%", "9" * 40):
        assert listed(admin_client, model, q=stranger) == 0, stranger


def test_raw_data_is_one_value_a_line_in_its_own_letters(admin_client, rows):
    pages = [
        admin_client.get(address(model, "change", model.objects.get().pk)).content.decode()
        for model in (WebhookEvent, InboundMessage)
    ]

    assert "      &quot;id&quot;: &quot;Grüße&quot;" in pages[0]
    assert "    &quot;body&quot;: &quot;Grüße&quot;" in pages[1]


def test_body_that_is_no_json_is_shown_as_it_came(admin_client):
    event = WebhookEvent.objects.create(body=b"\xff <script>alert(1)</script>")

    page = admin_client.get(address(WebhookEvent, "change", event.pk)).content.decode()

    assert "� &lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_rows_lead_to_each_other(admin_client, rows):
    message = Message.objects.get()
    contact_page = address(Contact, "change", message.contact_id)

    lists = admin_client.get(address(Message, "changelist")).content.decode()
    page = admin_client.get(contact_page).content.decode()

    assert f'href="{contact_page}"' in lists
    assert f"{address(Message, 'changelist')}?contact__id__exact={message.contact_id}" in page
    assert listed(admin_client, Message, contact__id__exact=message.contact_id) == 1
    assert listed(admin_client, Invitation, contact__id__exact=message.contact_id) == 1
    assert listed(admin_client, InboundMessage, in_reply_to__id__exact=str(message.pk)) == 1
    assert listed(admin_client, Message, campaign__id__exact=str(message.campaign_id)) == 1


def test_link_of_an_invitation_is_not_shown(admin_client, rows):
    invitation = Invitation.objects.get()

    assert invitation.token not in admin_client.get(address(Invitation, "change", invitation.pk)).content.decode()


def test_messages_are_filtered_by_their_time(admin_client, rows):
    assert [listed(admin_client, Message, since=hours) for hours in ("1", "24", "720")] == [1, 1, 1]
    assert listed(admin_client, WebhookEvent, since="1") == 1
    WebhookEvent.objects.update(received_at=NOW() - timedelta(hours=2))
    assert listed(admin_client, WebhookEvent, since="1") == 0


@pytest.mark.parametrize("model", [Message, WebhookEvent, MessageStatus, InboundMessage, Contact, Invitation])
def test_large_tables_are_counted_only_so_far(admin_client, rows, model):
    with CaptureQueriesContext(connection) as queries:
        listed(admin_client, model)

    counts = [query["sql"] for query in queries.captured_queries if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 10000" in sql for sql in counts)
    assert not any("DISTINCT" in query["sql"] for query in queries.captured_queries)


def test_list_ends_where_nobody_turns_pages_any_more(admin_client, monkeypatch):
    monkeypatch.setattr(base, "COUNTED", 3)
    for number in range(5):
        Contact.objects.create(name=f"Person {number}")

    assert admin_client.get(address(Contact, "changelist")).context["cl"].result_count == 3


def test_number_of_queries_of_a_list_does_not_grow_with_its_rows(admin_client, sent_message):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            listed(admin_client, Message)
        return len(captured)

    sent_message()
    before = queries()
    for _ in range(20):
        sent_message()

    assert queries() == before


def test_bodies_of_webhooks_are_not_read_for_a_list(admin_client, rows):
    with CaptureQueriesContext(connection) as queries:
        listed(admin_client, WebhookEvent)

    assert not any('"body"' in query["sql"] for query in queries.captured_queries)


# Acts


def act(client, model, action, *rows, confirmed=False, **more):
    body = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
    return client.post(address(model, "changelist"), body | ({"confirmed": "yes"} if confirmed else {}), follow=True)


@pytest.fixture
def event(db):
    return WebhookEvent.objects.create(body=b"{}", processed_at=NOW(), error="Traceback")


@pytest.fixture
def our_channel(sandbox):
    return Channel.objects.create(phone_number_id="676188225586230")


@pytest.fixture
def somebody(sandbox, invite):
    invite(PHONE)
    return Contact.objects.get()


def test_every_act_asks_first(admin_client, event, our_channel, somebody):
    for model, action, row in (
        (WebhookEvent, "process_again", event),
        (Channel, "pause", our_channel),
        (Channel, "resume", our_channel),
        (Contact, "forget", somebody),
    ):
        page = act(admin_client, model, action, row).content.decode()
        assert "Yes, do it" in page
        assert f'value="{row.pk}"' in page

    assert not AuditEntry.objects.exists()


def test_webhook_is_processed_again(admin_client, event):
    page = act(admin_client, WebhookEvent, "process_again", event, confirmed=True).content.decode()

    event.refresh_from_db()
    assert event.processed_at is None
    assert "1 webhooks are due again." in page


def test_all_webhooks_of_a_list_are_processed_again(admin_client, event):
    other = WebhookEvent.objects.create(body=b"{}", processed_at=NOW())

    act(admin_client, WebhookEvent, "process_again", event, confirmed=True, select_across="1")

    assert WebhookEvent.objects.filter(processed_at=None).count() == 2
    assert other.pk


def test_number_is_paused_and_resumed(admin_client, admin_user, our_channel):
    act(admin_client, Channel, "pause", our_channel, confirmed=True)
    our_channel.refresh_from_db()
    assert our_channel.paused_by == "admin"

    page = act(admin_client, Channel, "resume", our_channel, confirmed=True).content.decode()

    our_channel.refresh_from_db()
    assert (our_channel.paused_by, our_channel.paused_at) == ("", None)
    assert "The number sends again." in page
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {admin_user.pk}


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_another_number_is_not_ours_to_pause(admin_client, action):
    other = Channel.objects.create(phone_number_id="1", paused_at=NOW())

    page = act(admin_client, Channel, action, other, confirmed=True).content.decode()

    assert "only that one sends" in page
    assert not AuditEntry.objects.exists()


def test_person_is_forgotten_after_seeing_how_much_that_is(admin_client, somebody):
    asked = act(admin_client, Contact, "forget", somebody).content.decode()

    done = act(admin_client, Contact, "forget", somebody, confirmed=True).content.decode()

    assert "1 messages" in asked
    assert "1 invitations" in asked
    assert f"Contact {somebody.pk} is forgotten." in done
    somebody.refresh_from_db()
    assert somebody.forgotten_at
    assert Message.objects.get().text == ""
    assert listed(admin_client, Contact, wish="forgotten") == 1


def test_person_who_cannot_be_forgotten_now_is_told(admin_client, somebody):
    Message.objects.update(status=Status.SENDING)

    page = act(admin_client, Contact, "forget", somebody, confirmed=True).content.decode()

    assert "was not erased" in page
    assert "three minutes" in page


def test_only_a_few_people_are_forgotten_at_once(admin_client):
    people = [Contact.objects.create() for _ in range(11)]

    page = act(admin_client, Contact, "forget", *people, confirmed=True).content.decode()

    assert "10 people at most" in page
    assert not Contact.objects.filter(forgotten_at__isnull=False).exists()


def test_export_of_one_person_is_a_file(admin_client, somebody):
    answer = act(admin_client, Contact, "export", somebody)

    assert answer["Content-Disposition"] == f'attachment; filename="contact-{somebody.pk}.json"'
    assert answer.json()["identities"][0]["value"] == PHONE
    assert AuditEntry.objects.get().action == "exported"


def test_export_is_for_one_person_alone(admin_client, somebody):
    page = act(admin_client, Contact, "export", somebody, Contact.objects.create()).content.decode()

    assert "Choose one person" in page


@pytest.mark.parametrize(
    ("model", "action"),
    [
        (WebhookEvent, "process_again"),
        (Channel, "pause"),
        (Channel, "resume"),
        (Contact, "forget"),
        (Contact, "export"),
    ],
)
def test_acts_need_more_than_the_permission_to_look(client, inviter, event, our_channel, somebody, model, action):
    inviter.is_staff = True
    inviter.save()
    name = f"view_{model._meta.model_name}"
    inviter.user_permissions.add(Permission.objects.get(codename=name, content_type__app_label="communications"))
    client.force_login(inviter)

    page = act(client, model, action, model._default_manager.first(), confirmed=True)

    assert page.status_code == 200
    assert f'value="{action}"' not in page.content.decode()
    assert not AuditEntry.objects.exists()
