"""The pages, as a browser without script sees them."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from communications.models import ConsentRecord, Message, MessageStatus, Status
from invitations.models import Invitation
from tests.invitations.pages import page_of, text_of

pytestmark = pytest.mark.django_db

INVITE = "/dashboard/invite/"
FORM = {
    "phone_number": "+1 (202) 555-0100",
    "message": "Join me on Dott",
    "sender_name": "John Doe",
    "sender_email": "john@example.com",
}


@pytest.fixture
def sent(dashboard, sandbox):
    """An invitation that WhatsApp accepted."""
    dashboard.post(INVITE, FORM)
    return Invitation.objects.get()


def status_of(invitation):
    return f"/dashboard/invitations/{invitation.pk}/status/"


def move(invitation, status, *, ago=timedelta(0)):
    message = invitation.newest_message
    Message.objects.filter(pk=message.pk).update(status=status)
    MessageStatus.objects.update_or_create(message=message, status=status, defaults={"at": timezone.now() - ago})


# Who may see what


@pytest.mark.parametrize("path", [INVITE, "/dashboard/invitations/", f"/dashboard/invitations/{UUID(int=1)}/"])
def test_visitors_are_asked_to_sign_in(client, path):
    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


def test_sign_in_leads_to_the_form_and_sign_out_back(client, inviter):
    signed_in = client.post("/accounts/login/", {"username": "john", "password": "correct horse"})
    signed_out = client.post("/accounts/logout/")

    assert signed_in["Location"] == INVITE
    assert signed_out["Location"] == "/accounts/login/"


def test_wrong_password_is_told_on_the_sign_in_page(client, inviter):
    answer = client.post("/accounts/login/", {"username": "john", "password": "wrong"})

    assert "correct username and password" in text_of(answer)


@pytest.mark.parametrize("address", [page_of, status_of])
def test_invitations_of_others_do_not_exist(client, sent, jane, address):
    client.force_login(jane)

    answer = client.get(address(sent))

    assert answer.status_code == 404
    assert "This page does not exist" in text_of(answer)


def test_list_shows_ones_own_only_and_staff_everybodys(client, sent, jane):
    client.force_login(jane)
    own = text_of(client.get("/dashboard/invitations/"))
    jane.is_staff = True
    jane.save()
    everybodys = text_of(client.get("/dashboard/invitations/"))

    assert "Nobody invited yet" in own
    assert "+1 202-555-0100" in everybodys
    assert "by john" in everybodys


def test_forms_are_refused_without_their_csrf_token(inviter):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(inviter)

    answer = browser.post(INVITE, FORM)

    assert answer.status_code == 403
    assert "This form has expired" in text_of(answer)
    assert not Invitation.objects.exists()


# Sending


def test_form_has_the_sender_filled_in(dashboard, sandbox):
    form = dashboard.get(INVITE).context["form"]

    assert form["sender_name"].value() == "John Doe"
    assert form["sender_email"].value() == "john@example.com"


def test_sent_invitation_leads_to_its_page(dashboard, sandbox):
    answer = dashboard.post(INVITE, FORM | {"recipient_name": "Maria"}, follow=True)

    invitation = Invitation.objects.get()
    assert answer.redirect_chain == [(page_of(invitation), 302)]
    assert "WhatsApp invitation sent successfully" in text_of(answer)
    assert "Invitation to Maria" in text_of(answer)
    assert "Accepted by WhatsApp" in text_of(answer)
    assert len(sandbox.messages()) == 1


def test_line_breaks_arrive_as_they_were_typed(dashboard, sandbox):
    dashboard.post(INVITE, FORM | {"message": " First line\r\n\r\nsecond *line* "})

    assert Message.objects.get().text == " First line\n\nsecond *line* "


def test_message_of_4096_lines_breaks_counted_once_is_sent(dashboard, sandbox):
    assert dashboard.post(INVITE, FORM | {"message": "x\r\n" * 2048}).status_code == 302
    assert dashboard.post(INVITE, FORM | {"message": "x" * 4097, "phone_number": "+12025550101"}).status_code == 400


def test_emptied_sender_fields_mean_the_signed_in_user(dashboard, sandbox):
    dashboard.post(INVITE, FORM | {"sender_name": "", "sender_email": ""})

    invitation = Invitation.objects.get()
    assert (invitation.sender_name, invitation.sender_email) == ("John Doe", "john@example.com")


def test_long_name_of_the_signed_in_user_is_cut_to_what_the_column_holds(dashboard, inviter, sandbox):
    inviter.first_name, inviter.last_name = "A" * 150, "B" * 150
    inviter.save()

    filled_in = dashboard.get(INVITE).context["form"]["sender_name"].value()
    answer = dashboard.post(INVITE, FORM | {"sender_name": ""})

    assert len(filled_in) == 200
    assert answer.status_code == 302
    assert Invitation.objects.get().sender_name == filled_in


def test_consent_is_kept_in_the_words_that_were_shown(dashboard, sandbox):
    shown = dashboard.get(INVITE)
    dashboard.post(INVITE, FORM | {"has_consent": "on"})

    record = ConsentRecord.objects.get()
    assert record.source == "dashboard"
    assert record.text in text_of(shown)


def test_wrong_fields_are_named_and_everything_typed_is_kept(dashboard, sandbox):
    answer = dashboard.post(INVITE, FORM | {"phone_number": "0202 555", "message": "  "})

    assert answer.status_code == 400
    assert "Start with + and the country code" in text_of(answer)
    assert "Write a message: it is empty." in text_of(answer)
    assert "send again: WhatsApp number , Message" in text_of(answer)
    assert 'value="0202 555"' in answer.content.decode()
    assert sandbox.messages() == []


def test_missing_number_is_an_error_once_the_form_is_sent(dashboard, sandbox):
    answer = dashboard.post(INVITE, FORM | {"phone_number": ""})

    assert answer.status_code == 400
    assert 'data-verdict="bad"' in answer.content.decode()


def test_refused_message_is_explained_and_kept(dashboard, sandbox):
    answer = dashboard.post(INVITE, FORM | {"phone_number": "+12025550130", "message": "Two\r\nlines"})

    assert answer.status_code == 502
    assert "Failed to send WhatsApp message" in text_of(answer)
    assert f'href="{page_of(Invitation.objects.get())}"' in answer.content.decode()
    assert "Two\r\nlines</textarea>" in answer.content.decode()
    assert "API set-up page" not in text_of(answer)
    assert 'data-verdict="good"' not in answer.content.decode()


def test_second_invitation_to_the_same_person_is_stopped_and_leads_to_the_first(dashboard, sent, sandbox):
    answer = dashboard.post(INVITE, FORM)

    assert answer.status_code == 409
    assert "Retry-After" in answer
    assert f'href="{page_of(sent)}"' in answer.content.decode()
    assert len(sandbox.messages()) == 1


def test_service_without_a_token_is_explained(dashboard):
    answer = dashboard.post(INVITE, FORM)

    assert answer.status_code == 503
    assert "WhatsApp service is temporarily unavailable" in text_of(answer)
    assert "Nothing was sent." in text_of(answer)


def test_quota_and_rate_are_explained(dashboard, sandbox, settings):
    settings.INVITATION_DAILY_QUOTA = 0
    over_quota = dashboard.post(INVITE, FORM)
    settings.INVITATION_RATE = "1/min"
    too_fast = dashboard.post(INVITE, FORM)

    assert over_quota.status_code == too_fast.status_code == 429
    assert "today's number of invitations" in text_of(over_quota).replace("&#x27;", "'")
    assert re.search(r"Wait \d+ seconds", text_of(too_fast))


def test_unconfirmed_message_leads_to_a_page_that_warns_of_sending_again(dashboard, sandbox):
    answer = dashboard.post(INVITE, FORM | {"phone_number": "+12025550108"}, follow=True)

    assert answer.redirect_chain == [(page_of(Invitation.objects.get()), 302)]
    assert "WhatsApp did not confirm the message" in text_of(answer)
    assert "Do not invite this person again now" in text_of(answer)
    assert "sent successfully" not in text_of(answer)


def test_form_can_be_filled_from_ones_own_earlier_invitation(client, sent, jane):
    own = client.get(f"{INVITE}?again={sent.pk}").context["form"]
    client.force_login(jane)
    others = client.get(f"{INVITE}?again={sent.pk}").context["form"]

    assert own["message"].value() == "Join me on Dott"
    assert others["message"].value() is None


# The verdict


def test_verdict_is_given_for_the_number_typed_so_far(dashboard, sandbox):
    answer = dashboard.post(f"{INVITE}verdict/", {"phone_number": "+12025550100"})

    assert "+1 202-555-0100 · United States" in text_of(answer)
    assert "<html" not in answer.content.decode()


def test_verdict_takes_no_number_in_its_address(dashboard):
    assert dashboard.get(f"{INVITE}verdict/?phone_number=%2B12025550100").status_code == 405


def test_verdict_tells_a_visitor_to_sign_in(client, db):
    answer = client.post(f"{INVITE}verdict/", {"phone_number": "+12025550100"})

    assert "You are signed out" in text_of(answer)
    assert "United States" not in text_of(answer)


# One invitation


def test_page_tells_the_timeline_in_words(dashboard, sent, hand_over_webhooks):
    hand_over_webhooks()

    answer = dashboard.get(page_of(sent))

    assert re.search(r"Accepted by WhatsApp .* UTC .*Sent .* UTC .*Delivered .* UTC .*Read .* UTC", text_of(answer))
    assert "hx-trigger" not in answer.content.decode()


def test_steps_ahead_are_shown_as_not_yet(dashboard, sent):
    assert text_of(dashboard.get(page_of(sent))).count("not yet") == 3


def test_failure_is_told_with_what_to_do(dashboard, sandbox, hand_over_webhooks):
    dashboard.post(INVITE, FORM | {"phone_number": "+12025550126"})
    hand_over_webhooks()

    answer = dashboard.get(page_of(Invitation.objects.get()))

    assert "Failed to send WhatsApp message" in text_of(answer)
    assert "code 131026" in text_of(answer)
    assert "Check the number with the recipient" in text_of(answer)


@pytest.mark.parametrize(
    ("meta_code", "instruction"),
    [(131042, "manage.py"), (131047, "WHATSAPP_INVITATION_TEMPLATE"), (131030, "API set-up page"), (100, "fbtrace ID")],
)
def test_only_staff_are_told_what_dotts_team_has_to_do(dashboard, sent, inviter, meta_code, instruction):
    Message.objects.update(status="failed", failure_code="send_failed", meta_code=meta_code)
    told = text_of(dashboard.get(page_of(sent)))
    inviter.is_staff = True
    inviter.save()
    told_to_staff = text_of(dashboard.get(page_of(sent)))

    assert "team has to put this right." in told
    assert instruction not in told
    assert instruction in told_to_staff
    assert "team has to put this right" not in told_to_staff


def test_steps_on_the_page_do_not_run_backwards(dashboard, sent):
    first = sent.newest_message.statuses.get()
    MessageStatus.objects.create(message=first.message, status=Status.SENT, at=first.at.replace(microsecond=0))

    steps = dashboard.get(page_of(sent)).context["progress"].steps

    assert [step.at for step in steps[:2]] == [first.at.replace(microsecond=0)] * 2


def test_status_is_not_sent_again_while_nothing_changed(dashboard, sent):
    seen = dashboard.get(status_of(sent)).context["progress"].fingerprint

    unchanged = dashboard.get(status_of(sent), {"seen": seen})
    move(sent, Status.SENT)
    changed = dashboard.get(status_of(sent), {"seen": seen})

    assert unchanged.status_code == 204
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("status", "ago", "trigger"),
    [
        (Status.DELIVERED, timedelta(minutes=1), "every 2s"),
        (Status.UNCONFIRMED, timedelta(minutes=1), "every 2s"),
        (Status.DELIVERED, timedelta(minutes=11), "every 30s"),
        (Status.DELIVERED, timedelta(hours=25), ""),
        (Status.READ, timedelta(0), ""),
        (Status.FAILED, timedelta(0), ""),
    ],
)
def test_page_asks_less_often_the_longer_nothing_happens(dashboard, sent, status, ago, trigger):
    move(sent, status, ago=ago)
    Message.objects.update(failure_code="send_failed")

    body = dashboard.get(status_of(sent)).content.decode()

    assert re.findall(r'hx-trigger="(.*?)"', body) == ([trigger] if trigger else [])


def test_status_asked_for_after_signing_out_reloads_the_page(client, sent):
    client.logout()

    answer = client.get(status_of(sent))

    assert answer["HX-Refresh"] == "true"


def test_status_costs_few_queries(dashboard, sent, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        dashboard.get(status_of(sent))


# Safety


def test_words_of_people_are_shown_as_words(dashboard, sandbox):
    name = "<script>alert(1)</script>"
    answer = dashboard.post(INVITE, FORM | {"recipient_name": name, "message": name}, follow=True)

    assert name not in answer.content.decode()
    assert name not in dashboard.get("/dashboard/invitations/").content.decode()


def test_pages_carry_no_inline_script_or_style(dashboard, sent, client):
    paths = [INVITE, page_of(sent), "/dashboard/invitations/", "/nowhere/", "/accounts/login/"]

    for path in paths:
        body = client.get(path).content.decode()
        assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", body), path


def test_database_that_does_not_answer_is_told_in_plain_words(dashboard, sent, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr("invitations.dashboard.progress_of", fail)

    answer = dashboard.get(page_of(sent))

    assert answer.status_code == 503
    assert "We are away for a moment" in text_of(answer)


def test_page_for_our_own_errors_needs_nothing_that_may_be_broken(django_assert_num_queries):
    from django.template.loader import render_to_string

    with django_assert_num_queries(0):
        assert "Something went wrong on our side" in render_to_string("500.html")
