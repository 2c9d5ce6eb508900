"""Invitations sent once more, and reminders: within the rules, and only where they are worth it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from communications import consent, due_work
from communications.models import Contact, Message, MessageTemplate, Status
from invitations import life, resending, services
from invitations.errors import InvitationClosed, NoReminder, QuotaReached, RecentlyInvited
from invitations.models import Invitation, InvitationMessage

pytestmark = pytest.mark.django_db

State = Invitation.State


@pytest.fixture
def invitation(invite, sandbox):
    invite("+12025550100", "Join me on Dott", includeLink=True)
    return Invitation.objects.get()


@pytest.fixture
def call(api):
    """POST to an address of an invitation."""

    def post(invitation, what, **headers):
        path = f"/api/invitations/{invitation.pk}/{what}/"
        return api.post(path, json.dumps({}), content_type="application/json", headers=headers)

    return post


def sent_ago(hours, **fields):
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(hours=hours), **fields)


def received(status=Status.DELIVERED):
    Message.objects.update(status=status)


# Once more


def test_resend_sends_the_same_words_under_the_same_id(invitation, call, sandbox):
    sent_ago(hours=25)

    answer = call(invitation, "resend")

    first, second = sandbox.messages()
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "message": "WhatsApp invitation sent successfully",
        "messageId": second["id"],
        "invitationId": str(invitation.pk),
        "status": "accepted",
    }
    assert second["request"]["text"] == first["request"]["text"]
    assert Invitation.objects.get().messages.count() == 2
    assert Invitation.objects.get().newest_message.wamid == second["id"]


def test_resend_waits_for_the_cool_down(invitation, call, sandbox):
    answer = call(invitation, "resend")

    assert (answer.status_code, answer.json()["code"]) == (409, "recently_invited")
    assert "Retry-After" in answer
    assert len(sandbox.messages()) == 1


def test_failed_message_may_be_sent_again_at_once(invite, call, sandbox):
    assert invite("+12025550130").status_code == 502
    invitation = Invitation.objects.get()

    assert call(invitation, "resend").status_code == 502
    assert invitation.messages.count() == 2


def test_resend_counts_for_the_quota(invitation, call, settings):
    sent_ago(hours=25)
    settings.INVITATION_DAILY_QUOTA = 1

    assert call(invitation, "resend").json()["code"] == "quota_reached"


def test_person_who_opted_out_is_not_written_to_again(invitation, call, sandbox):
    sent_ago(hours=25)
    consent.record_opt_out(Contact.objects.get(), source="test")

    assert call(invitation, "resend").json()["code"] == "recipient_opted_out"
    assert len(sandbox.messages()) == 1


@pytest.mark.parametrize(
    ("state", "why"),
    [("joined", "joined already"), ("declined", "declined"), ("expired", "expired"), ("revoked", "taken back")],
)
def test_what_has_ended_is_not_sent_again(invitation, call, sandbox, state, why):
    sent_ago(hours=25, state=state)

    answer = call(invitation, "resend")

    assert (answer.status_code, answer.json()["code"]) == (409, "invitation_closed")
    assert why in answer.json()["detail"]
    assert answer.json()["invitationId"] == str(invitation.pk)
    assert len(sandbox.messages()) == 1


def test_what_is_overdue_is_not_sent_again(invitation, call):
    sent_ago(hours=24 * 31)

    assert call(invitation, "resend").json()["code"] == "invitation_closed"


def test_opened_invitation_may_be_sent_again_and_stays_opened(invitation, call):
    life.open_(invitation)
    sent_ago(hours=25)

    assert call(invitation, "resend").status_code == 200
    assert Invitation.objects.get().state == State.OPENED


def test_same_key_sends_once(invitation, call, sandbox, settings):
    settings.INVITATION_COOLDOWN_HOURS = 0
    key = {"idempotency-key": "again"}

    answers = [call(invitation, "resend", **key).json() for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert len(sandbox.messages()) == 2


@pytest.mark.parametrize("what", ["resend", "revoke"])
def test_invitations_of_others_do_not_exist(invitation, what, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("jane"))

    answer = client.post(f"/api/invitations/{invitation.pk}/{what}/", "{}", content_type="application/json")

    assert answer.status_code == 404
    assert Invitation.objects.get().state == State.OPEN


@pytest.mark.parametrize("what", ["resend", "revoke"])
@pytest.mark.parametrize("pk", ["nonsense", "01a203be-f80e-707f-b0e5-3f0989a5c7fd"])
def test_what_is_no_invitation_is_not_found(api, what, pk, db):
    answer = api.post(f"/api/invitations/{pk}/{what}/", {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_invitation_made_by_hand_can_be_sent_by_whatsapp(inviter, api, call, sandbox):
    from communications.phone_numbers import parse

    made = services.invite_by_hand(
        inviter=inviter, phone_number=parse("+12025550100"), message="Join me", base_url="https://a.example",
        source="dashboard", sender_name="John",
    )  # fmt: skip

    assert call(made, "resend").status_code == 200
    assert sandbox.messages()[0]["request"]["text"]["body"] == f"Join me\n\nhttps://a.example/i/{made.token}/"
    assert api.get(f"/api/invitations/{made.pk}/").json()["status"] == "accepted"


# Taken back


def test_revoked_invitation_says_so_and_its_link_is_unknown(invitation, call, api, client):
    answer = call(invitation, "revoke")

    assert answer.status_code == 200
    assert answer.json() == {"success": True, "invitationId": str(invitation.pk), "state": "revoked"}
    assert api.get(f"/api/invitations/{invitation.pk}/").json()["state"] == "revoked"
    assert client.get(f"/i/{invitation.token}/").status_code == 404


def test_revoking_twice_is_the_same_as_once(invitation, call):
    once, twice = (call(invitation, "revoke") for _ in range(2))

    assert (once.status_code, twice.status_code) == (200, 200)
    assert once.json() == twice.json()


@pytest.mark.parametrize("state", ["joined", "declined", "expired"])
def test_what_has_ended_cannot_be_taken_back(invitation, call, state):
    Invitation.objects.update(state=state)

    answer = call(invitation, "revoke")

    assert (answer.status_code, answer.json()["code"]) == (409, "invitation_closed")
    assert Invitation.objects.get().state == state


def test_revoked_invitation_makes_room_for_a_new_one(invitation, call, invite, settings):
    settings.INVITATION_COOLDOWN_HOURS = 0
    call(invitation, "revoke")

    assert invite("+12025550100").json()["invitationId"] != str(invitation.pk)


# Reminders


def test_person_who_got_it_and_did_not_open_it_is_reminded_twice_at_most(invitation, sandbox):
    for _ in range(2):
        received()
        sent_ago(hours=25)
        resending.remind(invitation)
    received()
    sent_ago(hours=25)

    with pytest.raises(NoReminder):
        resending.remind(invitation)
    assert len(sandbox.messages()) == 3
    assert Invitation.objects.get().reminder_count == 2


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.SENT, Status.FAILED, Status.UNCONFIRMED, Status.HELD])
def test_person_who_did_not_get_it_is_not_reminded(invitation, status):
    received(status)
    sent_ago(hours=25)

    with pytest.raises(NoReminder):
        resending.remind(invitation)


def test_person_who_opened_it_is_not_reminded(invitation):
    received()
    sent_ago(hours=25)
    life.open_(invitation)

    with pytest.raises(NoReminder):
        resending.remind(invitation)


def test_reminder_keeps_to_the_rules(invitation, settings):
    received()
    with pytest.raises(RecentlyInvited):
        resending.remind(invitation)
    sent_ago(hours=25)
    settings.INVITATION_DAILY_QUOTA = 1
    with pytest.raises(QuotaReached):
        resending.remind(invitation)
    life.revoke(invitation)
    with pytest.raises(InvitationClosed):
        resending.remind(invitation)

    assert Invitation.objects.get().reminder_count == 0


def test_reminder_that_whatsapp_refuses_is_counted(invitation, sandbox):
    received()
    sent_ago(hours=25)
    sandbox.configure(access_token="another")
    try:
        with pytest.raises(services.InvitationNotSent):
            resending.remind(invitation)
    finally:
        sandbox.configure(access_token="sandbox-token")

    assert Invitation.objects.get().reminder_count == 1


# By themselves


def test_nobody_is_reminded_by_itself_unless_it_is_set(invitation, sandbox):
    received()
    sent_ago(hours=24 * 20)

    due_work.run_once()

    assert len(sandbox.messages()) == 1


def test_due_work_reminds_when_the_time_has_come(invitation, sandbox, settings):
    settings.INVITATION_REMINDER_HOURS = 48
    received(Status.READ)
    sent_ago(hours=47)
    due_work.run_once()
    early = len(sandbox.messages())
    sent_ago(hours=49)
    due_work.run_once()
    due_work.run_once()

    assert early == 1
    assert len(sandbox.messages()) == 2
    assert Invitation.objects.get().reminder_count == 1
    assert InvitationMessage.objects.filter(sent_by=invitation.inviter).count() == 2


def test_cool_down_goes_before_an_earlier_reminder(invitation, sandbox, settings):
    settings.INVITATION_REMINDER_HOURS = 1
    received()
    sent_ago(hours=23)

    due_work.run_once()

    assert len(sandbox.messages()) == 1


@pytest.mark.parametrize(
    "ended",
    [
        lambda: Invitation.objects.update(state=State.OPENED),
        lambda: Invitation.objects.update(state=State.DECLINED),
        lambda: Invitation.objects.update(reminder_count=2),
        lambda: Contact.objects.update(opted_out_at=timezone.now()),
        lambda: Contact.objects.update(marketing_opted_out_at=timezone.now()),
        lambda: sent_ago(hours=24 * 31),
        lambda: received(Status.SENT),
    ],
    ids=["opened", "declined", "reminded twice", "opted out", "no marketing", "expired", "not arrived"],
)
def test_due_work_reminds_nobody_else(invitation, sandbox, settings, ended):
    settings.INVITATION_REMINDER_HOURS = 48
    received()
    sent_ago(hours=49)
    ended()

    due_work.run_once()

    assert len(sandbox.messages()) == 1


def test_inviter_without_quota_does_not_hold_up_others(invitation, invite, sandbox, settings, django_user_model):
    from communications.phone_numbers import parse

    jane = django_user_model.objects.create_user("jane")
    services.send_invitation(
        inviter=jane, phone_number=parse("+12025550101"), message="Join us", source="api", sender_name="Jane"
    )
    received()
    sent_ago(hours=49)
    invite("+12025550102")
    settings.INVITATION_REMINDER_HOURS = 48
    settings.INVITATION_DAILY_QUOTA = 2
    InvitationMessage.objects.filter(sent_by=jane).update(sent_at=timezone.now() - timedelta(hours=49))

    assert resending.remind_due() == 1
    assert Invitation.objects.get(inviter=jane).reminder_count == 1
    assert Invitation.objects.get(pk=invitation.pk).reminder_count == 0


def test_reminder_that_can_never_be_sent_is_given_up(invite, sandbox, settings):
    invite("+12025550100", "a" * 2000)
    received()
    sent_ago(hours=49)
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    settings.INVITATION_REMINDER_HOURS = 48

    assert resending.remind_due() == 0
    assert Invitation.objects.get().reminder_count == 2


def test_reminders_wait_while_the_service_is_out(invitation, settings):
    received()
    sent_ago(hours=49)
    settings.INVITATION_REMINDER_HOURS = 48
    settings.WHATSAPP_ACCESS_TOKEN = ""

    assert resending.remind_due() == 0
    assert Invitation.objects.get().reminder_count == 0


def test_template_that_is_paused_holds_up_only_who_needs_it(invitation, invite, settings, sandbox):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    invite("+33612345678")
    received()
    sent_ago(hours=49)
    MessageTemplate.objects.create(name="business_invitation", language="en_US", status="PAUSED")
    settings.INVITATION_REMINDER_HOURS = 48

    assert resending.remind_due() == 1
    assert Invitation.objects.get(phone_number="+33612345678").reminder_count == 1


def test_link_of_a_reminder_leads_where_the_first_one_did(invitation, sandbox, settings):
    received()
    sent_ago(hours=49)
    settings.INVITATION_REMINDER_HOURS = 48

    resending.remind_due()
    due_work.run_once()

    first, second = sandbox.messages()
    assert second["request"]["text"]["body"] == first["request"]["text"]["body"]
    assert "http://testserver/i/" in second["request"]["text"]["body"]
    assert f"/i/{invitation.token}/" in second["request"]["text"]["body"]
