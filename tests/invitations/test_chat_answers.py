"""An answer by the buttons under the template: from the invited person, once, with the way to the sign-up."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from communications import button_payloads, consent, due_work
from communications.models import Contact, InboundMessage, Message, MessageTemplate
from invitations import chat_answers, hand_over, life
from invitations.answer_buttons import payloads_for
from invitations.models import Invitation, new_token
from invitations.signals import invitation_joined

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox", "template")]

State = Invitation.State
NUMBER = "+5511987654321"


@pytest.fixture
def invitation(invite, hand_over_webhooks, sandbox):
    """One that a person in Brazil has received, as the template."""
    invite(NUMBER)
    return Invitation.objects.get()


@pytest.fixture
def press(sandbox, hand_over_webhooks):
    """Press a button of the newest template on the phone, and let the webhook arrive."""

    def press(button):
        wamid = [each["id"] for each in sandbox.messages() if each["type"] == "template"][-1]
        sandbox.press(wamid, button)
        hand_over_webhooks()

    return press


def state_of(invitation):
    invitation.refresh_from_db()
    return invitation.state


def pressed_by(contact_id):
    return InboundMessage(pk=1, contact_id=contact_id, at=timezone.now())


def replies(sandbox):
    due_work.run_once()
    return [each["request"]["text"]["body"] for each in sandbox.messages() if each["type"] == "text"]


def test_template_has_the_two_answers_beside_its_link(invitation, sandbox):
    buttons = sandbox.messages()[0]["buttons"]

    assert [button["text"] for button in buttons] == ["Ver convite", "Aceitar", "Agora não"]
    assert [button_payloads.read(button["id"]).action for button in buttons[1:]] == [
        "join_invitation", "decline_invitation",
    ]  # fmt: skip


def test_accept_joins_and_is_thanked_in_their_language(invitation, press, sandbox):
    told = []
    receiver = lambda sender, invitation, via, **kwargs: told.append(via)  # noqa: E731
    invitation_joined.connect(receiver)
    try:
        press("Aceitar")
    finally:
        invitation_joined.disconnect(receiver)

    assert state_of(invitation) == State.JOINED
    assert invitation.opened_at is not None
    assert told == ["chat"]
    assert replies(sandbox) == [
        "Obrigado por participar! John Doe verá que você aceitou e entrará em contato com você."
    ]


def test_accept_leads_to_the_sign_up_where_there_is_one(invitation, press, sandbox, settings):
    settings.INVITATION_SIGN_UP_URL = "https://dott.example/sign-up"

    press("Aceitar")

    [reply] = replies(sandbox)
    word = re.search(r"https://dott\.example/sign-up\?invitation=(\S+)$", reply)[1].replace("%3A", ":")
    assert hand_over.invitation_of(word) == invitation


def test_not_now_declines_and_is_not_answered(invitation, press, sandbox):
    press("Agora não")

    assert state_of(invitation) == State.DECLINED
    assert replies(sandbox) == []


def test_second_press_changes_nothing_and_is_not_answered(invitation, press, sandbox):
    press("Aceitar")
    press("Agora não")
    press("Aceitar")

    assert state_of(invitation) == State.JOINED
    assert len(replies(sandbox)) == 1


def test_page_shows_what_was_answered_in_the_chat(invitation, press, client):
    press("Aceitar")

    assert (
        "You have already joined"
        in client.get(f"/i/{invitation.token}/", headers={"accept-language": "en"}).content.decode()
    )


@pytest.mark.parametrize("ended", [life.revoke, lambda each: Invitation.objects.update(state=State.EXPIRED)])
def test_press_after_the_end_changes_nothing(invitation, press, sandbox, ended):
    ended(invitation)
    state = state_of(invitation)

    press("Aceitar")

    assert state_of(invitation) == state
    assert replies(sandbox) == []


def test_button_of_somebody_elses_invitation_does_nothing(invitation, invite, press, sandbox):
    """A payload is readable by whoever got it; the message says who pressed."""
    invite("+34612345678")
    other = Invitation.objects.get(phone_number="+34612345678")

    chat_answers.take(pressed_by(invitation.contact_id), "join_invitation", other.token)

    assert state_of(other) == State.OPEN


def test_payload_about_an_invitation_that_is_gone_does_nothing(invitation):
    chat_answers.take(pressed_by(invitation.contact_id), "join_invitation", Invitation().token)

    assert state_of(invitation) == State.OPEN


def test_person_who_opted_out_joins_and_is_not_written_to(invitation, press, sandbox):
    consent.record_opt_out(Contact.objects.get(), source="test")

    press("Aceitar")

    assert state_of(invitation) == State.JOINED
    assert replies(sandbox) == []


def test_reply_that_could_not_go_out_in_the_window_is_not_sent(invitation, press, sandbox):
    sandbox.configure(latency_ms=0)
    press("Aceitar")
    Message.objects.filter(kind="text").update(expires_at=timezone.now() - timedelta(seconds=1))

    assert replies(sandbox) == []


def test_reply_waits_no_longer_than_the_window(invitation, press):
    press("Aceitar")

    reply = Message.objects.get(kind="text")
    assert timedelta(hours=22) < reply.expires_at - timezone.now() < timedelta(hours=24)


def test_template_that_was_approved_without_the_answers_goes_on(invite, sandbox):
    components = [
        {"type": "BODY", "text": "Hello! {{1}} invites you:\n\n{{2}}\n\nTap below."},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "View", "url": "https://dott.example/i/{{1}}"}]},
    ]
    sandbox.clear_templates()
    MessageTemplate.objects.create(
        name="business_invitation", language="en_US", status="APPROVED", components=components
    )

    invite("+12025550147")

    sent = Message.objects.get().content["template"]["components"]
    assert [part["sub_type"] for part in sent if part["type"] == "button"] == ["url"]


def test_payloads_fit_what_meta_takes():
    payloads = payloads_for(new_token())

    assert max(map(len, payloads.values())) <= 128
