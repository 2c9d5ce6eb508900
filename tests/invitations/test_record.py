"""What the page of one invitation tells beside its status: messages, requests, cost, consent, webhooks."""

import re

import pytest
from django.utils import timezone

from communications import consent
from communications.models import ConsentRecord, Contact, Message, MessageStatus, WebhookEvent
from communications.webhook_traces import Names, some_events_naming
from invitations.models import Invitation, InvitationMessage
from tests.invitations.pages import page_of, text_of

pytestmark = pytest.mark.django_db

FORM = {"phone_number": "+12025550100", "message": "Join me on Dott", "has_consent": "on"}


@pytest.fixture
def staff(dashboard, inviter):
    inviter.is_staff = True
    inviter.save()
    return dashboard


@pytest.fixture
def sent(dashboard, sandbox, hand_over_webhooks):
    dashboard.post("/dashboard/invite/", FORM)
    hand_over_webhooks()
    return Invitation.objects.get()


def test_page_says_what_was_sent_and_what_it_cost(dashboard, sent):
    text = text_of(dashboard.get(page_of(sent)))

    assert "Join me on Dott" in text
    assert re.search(r"Cost Service, (billable|free of charge)", text)
    assert "WhatsApp text message" in text


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        ("US,marketing,USD,0.0125", "Cost Marketing, $0.0125"),
        ("*,marketing,USD,0.0125", "Cost Marketing, $0.0125"),
        ("MX,marketing,USD,0.0125", "Cost Marketing, billable"),
        ("US,marketing,USD,cheap", "Cost Marketing, billable"),
    ],
)
def test_page_says_how_much_it_cost_where_the_operator_gives_prices(dashboard, sent, settings, tmp_path, rate, told):
    settings.WHATSAPP_RATE_FILE = str(tmp_path / "rates.csv")
    (tmp_path / "rates.csv").write_text(f"country,category,currency,price\n{rate}\n")
    pricing = {"billable": True, "pricing_model": "PMP", "category": "marketing"}
    MessageStatus.objects.filter(message__in=sent.messages.all()).update(details={"pricing": pricing})

    assert told in text_of(dashboard.get(page_of(sent)))

    Message.objects.update(to_number="", to_user_id="", is_forgotten=True)
    assert "Cost Marketing, billable" in text_of(dashboard.get(page_of(sent)))


def test_words_of_meta_are_for_staff(staff, inviter, sent):
    told_to_staff = text_of(staff.get(page_of(sent)))
    inviter.is_staff = False
    inviter.save()
    told = text_of(staff.get(page_of(sent)))

    assert "&quot;type&quot;: &quot;text&quot;" in told_to_staff
    assert sent.newest_message.wamid in told_to_staff
    assert "Every webhook about it" in told_to_staff
    for secret in ("&quot;type&quot;", sent.newest_message.wamid, "Every webhook about it"):
        assert secret not in told


def test_earlier_messages_of_the_invitation_are_listed(dashboard, sent, inviter, django_assert_max_num_queries):
    for number in range(3):
        content = {"type": "template", "template": {"name": "business_invitation", "language": {"code": "en_US"}}}
        message = Message.objects.create(
            contact=sent.contact, kind="template", content=content, status="failed", text=f"Words {number}"
        )
        InvitationMessage.objects.create(invitation=sent, message=message, sent_by=inviter)

    with django_assert_max_num_queries(12):
        text = text_of(dashboard.get(page_of(sent)))

    assert "Earlier messages" in text
    assert all(f"Words {number}" in text for number in range(3))


def test_consent_is_told_and_what_others_stated_is_for_staff(staff, inviter, sent, django_user_model):
    other = django_user_model.objects.create_user("jane", password="x")
    consent.record_statement(sent.contact, stated_by=other, source="api", text="Yes")
    consent.record_opt_out(sent.contact, source=ConsentRecord.Source.WORD, text="STOP")
    told_to_staff = text_of(staff.get(page_of(sent)))
    inviter.is_staff = False
    inviter.save()
    told = text_of(staff.get(page_of(sent)))

    assert "The person does not want our messages" in told
    assert told_to_staff.count("The sender states that the recipient agreed") == 2
    assert told.count("The sender states that the recipient agreed") == 1


def test_erased_invitation_can_still_be_looked_at(staff, sent):
    Message.objects.update(text="", content={}, wamid=None, is_forgotten=True)
    Invitation.objects.update(phone_number="", message="", recipient_name="")

    assert "What it said was erased." in text_of(staff.get(page_of(sent)))
    assert staff.get(f"{page_of(sent)}webhooks/").status_code == 200


# Webhooks


def test_every_webhook_about_it_is_shown_without_what_is_about_others(staff, sent):
    about = WebhookEvent.objects.count()
    other = (
        b'{"entry": [{"changes": [{"value": {"statuses": [{"id": "wamid.OTHER", "recipient_id": "34600000000"}]}}]}]}'
    )
    WebhookEvent.objects.create(body=other, processed_at=timezone.now())

    answer = staff.get(f"{page_of(sent)}webhooks/")

    assert about >= 3
    assert len(answer.context["told"]) == about
    assert "wamid.OTHER" not in answer.content.decode()
    assert "&quot;status&quot;: &quot;read&quot;" in answer.content.decode()


def test_webhooks_are_for_staff_and_of_invitations_that_exist(dashboard, inviter, sent):
    assert dashboard.get(f"{page_of(sent)}webhooks/").status_code == 403
    inviter.is_staff = True
    inviter.save()
    assert dashboard.get(f"/dashboard/invitations/{Message.objects.get().pk}/webhooks/").status_code == 404
    for after in ("x", "-1", "9" * 30):
        assert dashboard.get(f"{page_of(sent)}webhooks/?after={after}").status_code == 404


def test_webhooks_are_looked_through_a_portion_at_a_time(db, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("communications.webhook_traces.PORTION", 4)
    since = timezone.now()
    body = b'{"entry": [{"changes": [{"value": {"statuses": [{"id": "wamid.%d"}]}}]}]}'
    events = [WebhookEvent.objects.create(body=body % (number % 3)) for number in range(12)]
    names, found, after = Names(["wamid.1"]), [], 0

    while after is not None:
        with django_assert_max_num_queries(3):
            some, after = some_events_naming(names, since=since, after=after)
        found += some

    assert [event.pk for event in found] == [event.pk for number, event in enumerate(events) if number % 3 == 1]
    assert some_events_naming(names, since=timezone.now()) == ([], None)


def test_nobody_is_named_by_nothing(staff, inviter, sandbox):
    Contact.objects.create()
    made = Invitation.objects.create(
        inviter=inviter, contact=Contact.objects.create(), phone_number="+12025550100", message="x",
        last_sent_at=timezone.now(),
    )  # fmt: skip
    WebhookEvent.objects.create(body=b"{}")

    answer = staff.get(f"{page_of(made)}webhooks/")

    assert answer.context["told"] == []
