"""What carries an invitation: the sender's own words in an open window, the approved template otherwise."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from communications import channel, due_work
from communications.models import Contact, Message, MessageTemplate, Status
from invitations.models import Invitation
from tests.communications.webhooks.posts import receive, status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox", "template")]


def test_stranger_gets_the_template_with_the_senders_words_and_the_link(invite, sandbox):
    answer = invite("+12025550147", "Join me on Dott\n\nIt keeps\tmy invoices.")

    [received] = sandbox.messages()
    token = Invitation.objects.get().token
    assert answer.status_code == 200
    assert received["type"] == "template"
    assert "John Doe" in received["text"]
    assert "Join me on Dott – It keeps my invoices." in received["text"]
    assert received["buttons"][0]["url"].endswith(f"/i/{token}")
    assert Message.objects.get().text.startswith(received["text"])


@pytest.mark.parametrize(
    ("number", "language"), [("+5511987654321", "pt_BR"), ("+33612345678", "fr"), ("+34612345678", "es")]
)
def test_template_follows_the_recipients_country(invite, sandbox, number, language):
    invite(number)

    assert sandbox.messages()[0]["request"]["template"]["language"]["code"] == language


def test_person_who_wrote_today_gets_the_words_verbatim(invite, sandbox, settings):
    settings.INVITATION_COOLDOWN_HOURS = 0
    invite("+12025550100")
    Contact.objects.update(last_wrote_at=timezone.now() - timedelta(hours=23))

    invite("+12025550100", "Second\nwords")

    assert sandbox.messages()[1]["request"]["text"]["body"] == "Second\nwords"


def test_template_that_is_not_approved_is_503_and_says_what_to_do(invite, sandbox):
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="PAUSED")

    answer = invite("+12025550100")

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert "paused" in answer.json()["detail"]
    assert sandbox.messages() == []
    assert not Invitation.objects.exists()


def test_words_that_do_not_fit_the_template_are_400_and_say_how_long_they_may_be(invite, sandbox):
    answer = invite("+12025550100", "a" * 1024)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert "1024" in answer.json()["detail"]
    assert sandbox.messages() == []


def test_person_who_stopped_marketing_is_not_invited(invite, sandbox):
    invite("+12025550100")
    Contact.objects.update(marketing_opted_out_at=timezone.now())

    assert invite("+12025550100").json()["code"] == "recipient_opted_out"


@pytest.fixture
def text_that_was_taken(invite, settings, sandbox):
    """An invitation that went out as text, and the template set since."""
    settings.WHATSAPP_INVITATION_TEMPLATE = ""
    invite("+12025550100", "Join me on Dott")
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    return Message.objects.get()


def refuse(message, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        receive(status("failed", message, wamid=message.wamid, errors=[{"code": 131047}]))


def test_text_that_was_refused_late_leads_to_the_template_once(
    text_that_was_taken, sandbox, api, django_capture_on_commit_callbacks
):
    refuse(text_that_was_taken, django_capture_on_commit_callbacks)
    refuse(text_that_was_taken, django_capture_on_commit_callbacks)
    due_work.run_once()

    invitation = Invitation.objects.get()
    assert [message["type"] for message in sandbox.messages()] == ["text", "template"]
    assert invitation.messages.count() == 2
    assert api.get(f"/api/invitations/{invitation.pk}/").json()["status"] == "accepted"


@pytest.mark.parametrize("obstacle", ["channel", "template"])
def test_text_that_was_refused_late_leads_to_the_template_as_soon_as_it_can(
    text_that_was_taken, sandbox, obstacle, django_capture_on_commit_callbacks
):
    if obstacle == "channel":
        channel.pause_by_person(text_that_was_taken.phone_number_id, "ada")
    else:
        MessageTemplate.objects.create(name="business_invitation", language="en_US", status="PENDING")
    refuse(text_that_was_taken, django_capture_on_commit_callbacks)
    due_work.run_once()
    before = len(sandbox.messages())

    channel.resume(text_that_was_taken.phone_number_id)
    MessageTemplate.objects.update(status="APPROVED")
    due_work.run_once()
    due_work.run_once()

    assert before == 1
    assert [message["type"] for message in sandbox.messages()] == ["text", "template"]


def test_template_in_its_place_does_not_wait_for_ever(text_that_was_taken, django_capture_on_commit_callbacks):
    refuse(text_that_was_taken, django_capture_on_commit_callbacks)

    template = Message.objects.get(kind="template")
    assert template.status == Status.QUEUED
    assert timedelta(days=29) < template.expires_at - timezone.now() <= timedelta(days=30)


def test_text_that_was_refused_at_once_is_never_sent_later_by_itself(
    invite, sandbox, settings, django_capture_on_commit_callbacks
):
    settings.WHATSAPP_INVITATION_TEMPLATE = ""
    assert invite("+12025550147").status_code == 502
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"

    refuse(Message.objects.get(), django_capture_on_commit_callbacks)

    assert Message.objects.count() == 1


def test_link_leads_to_a_page_that_says_who_invites_in_whose_words(invite, client, sandbox):
    invite("+12025550100", "Join me <b>now</b>\non Dott")
    token = Invitation.objects.get().token

    page = client.get(f"/i/{token}/")

    assert page.status_code == 200
    assert "<bdi>John Doe</bdi> invites you to Dott" in page.content.decode()
    assert "Join me &lt;b&gt;now&lt;/b&gt;<br>on Dott" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    assert "+1202" not in page.content.decode()


def test_link_of_nothing_or_of_an_invitation_taken_back_tells_nothing(invite, client, sandbox):
    invite("+12025550100")
    Invitation.objects.update(state=Invitation.State.REVOKED)

    answers = [client.get(f"/i/{token}/") for token in ("guessed", Invitation.objects.get().token)]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_verdict_says_how_it_will_be_sent(client, inviter):
    client.force_login(inviter)

    page = client.post("/dashboard/invite/verdict/", {"phone_number": "+12025550100"})

    assert "approved invitation" in page.content.decode()


def test_template_that_cannot_carry_an_invitation_is_named_at_start(settings):
    settings.WHATSAPP_INVITATION_TEMPLATE = "invoice_notification"

    with pytest.raises(SystemCheckError, match=r"WHATSAPP_INVITATION_TEMPLATE.*\n.*business_invitation"):
        call_command("check")
