"""What becomes of an invitation that is opened and answered on its page, or expires."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone

from communications import consent
from communications.models import ConsentRecord, Contact
from invitations import hand_over
from invitations.models import Invitation
from tests.invitations.guests.conftest import BROWSER
from tests.invitations.guests.pages import state_of, text_of

pytestmark = pytest.mark.django_db

State = Invitation.State


# Opened


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "agent", [BROWSER, "WhatsApp/2.25.1 A", "facebookexternalhit/1.1", "Googlebot/2.1", "curl/8.5", ""]
)
def test_fetching_the_page_does_not_count_as_opened(guest, invitation, method, agent, heard):
    getattr(guest, method)(f"/i/{invitation.token}/", headers={"user-agent": agent, "purpose": "prefetch"})

    assert state_of(invitation) == State.OPEN
    assert heard == []


def test_somebody_who_looks_at_it_counts_once(answer, invitation, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first, second = answer("opened"), answer("opened")

    assert first.status_code == second.status_code == 204
    assert state_of(invitation) == State.OPENED
    assert invitation.opened_at is not None
    assert heard == [("opened", "opened", None)]


@pytest.mark.parametrize("agent", ["Googlebot/2.1", "Mozilla/5.0 HeadlessChrome/142.0", "WhatsApp/2.25.1 A", ""])
def test_program_that_runs_scripts_and_names_itself_does_not_count(answer, invitation, agent):
    answer("opened", **{"user-agent": agent})

    assert state_of(invitation) == State.OPEN


def test_looking_again_after_the_answer_changes_nothing(answer, invitation):
    answer("not_now")
    answer("opened")

    assert state_of(invitation) == State.DECLINED


# Answered


def test_accepting_joins_and_thanks(answer, invitation, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        page = answer("accept")

    assert page.status_code == 200
    assert "Thank you for joining!" in text_of(page)
    assert "<bdi>John Doe</bdi> sees that you have accepted" in text_of(page)
    assert state_of(invitation) == State.JOINED
    assert invitation.opened_at == invitation.answered_at is not None
    assert heard == [("joined", "joined", "page")]


def test_accepting_twice_is_told_and_joins_once(answer, guest, invitation, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer("accept")
        again = answer("accept")

    assert "You have already joined" in text_of(again)
    assert "You have already joined" in text_of(guest.get(f"/i/{invitation.token}/"))
    assert len(heard) == 1


def test_accepting_leads_to_the_sign_up_with_a_word_that_it_can_trust(answer, invitation, settings):
    settings.INVITATION_SIGN_UP_URL = "https://dott.example/sign-up?plan=free"

    page = answer("accept")

    assert page.status_code == 302
    assert page["Location"].startswith("https://dott.example/sign-up?plan=free&invitation=")
    assert page["Referrer-Policy"] == "same-origin"
    assert hand_over.invitation_of(unquote(page["Location"].split("invitation=")[1])) == invitation


def test_answer_that_got_lost_can_be_followed_for_a_short_while(answer, guest, invitation, settings):
    settings.INVITATION_SIGN_UP_URL = "https://dott.example/sign-up"
    answer("accept")

    soon = guest.get(f"/i/{invitation.token}/").content.decode()
    Invitation.objects.update(answered_at=timezone.now() - timedelta(minutes=16))
    later = guest.get(f"/i/{invitation.token}/").content.decode()

    assert 'href="https://dott.example/sign-up?invitation=' in soon
    assert "dott.example/sign-up" not in later


def test_form_may_lead_to_the_sign_up_and_to_where_that_leads(guest, invitation, settings):
    before = guest.get(f"/i/{invitation.token}/")["Content-Security-Policy"]
    settings.INVITATION_SIGN_UP_URL = "http://localhost:3000/sign-up"
    after = guest.get(f"/i/{invitation.token}/")["Content-Security-Policy"]

    assert "form-action 'self';" in f"{before};"
    assert "form-action 'self' https: http://localhost:3000" in after


def test_not_now_declines(answer, invitation, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        page = answer("not_now")

    assert "All right, not now" in text_of(page)
    assert state_of(invitation) == State.DECLINED
    assert not invitation.contact.has_opted_out
    assert heard == [("declined", "declined", "page")]


def test_declined_invitation_cannot_be_accepted_any_more(answer, invitation):
    answer("not_now")

    page = answer("accept")

    assert "You have declined this invitation" in text_of(page)
    assert state_of(invitation) == State.DECLINED


def test_never_is_kept_in_the_ledger_and_stops_every_message(answer, invitation, invite):
    page = answer("never")

    record = ConsentRecord.objects.get()
    assert "We will not write to you again" in text_of(page)
    assert state_of(invitation) == State.DECLINED
    assert (record.kind, record.source, record.text) == ("opt_out", "invitation", "Never write to me again")
    assert record.evidence.startswith(f"invitation:{invitation.pk}:")
    assert invite("+12025550100").json()["code"] == "recipient_opted_out"


def test_never_pressed_twice_is_one_record(answer, invitation):
    answer("never")
    answer("never")

    assert ConsentRecord.objects.count() == 1


@pytest.mark.parametrize("state", [State.DECLINED, State.EXPIRED])
def test_never_is_offered_and_obeyed_after_the_invitation_has_ended(guest, answer, invitation, state):
    Invitation.objects.update(state=state)

    offered = guest.get(f"/i/{invitation.token}/").content.decode()
    answer("never")

    assert 'value="never"' in offered
    assert Contact.objects.get().has_opted_out
    assert state_of(invitation) == state


def test_start_in_the_chat_lifts_what_the_page_set(answer, invitation):
    answer("never")

    consent.record([
        ConsentRecord(contact=invitation.contact, kind="opt_in", source="word", text="START", evidence="wamid.start")
    ])  # fmt: skip

    assert not Contact.objects.get().has_opted_out


def test_never_holds_again_after_a_start_in_the_chat(answer, invitation):
    answer("never")
    consent.record([
        ConsentRecord(contact=invitation.contact, kind="opt_in", source="word", text="START", evidence="wamid.start")
    ])  # fmt: skip

    page = answer("never")

    assert "We will not write to you again" in text_of(page)
    assert Contact.objects.get().has_opted_out


def test_person_who_opted_out_opens_an_old_link(guest, answer, invitation):
    consent.record_opt_out(invitation.contact, source="word", text="STOP")

    page = guest.get(f"/i/{invitation.token}/")
    answer("accept")

    assert "You have asked Dott not to write to you" in text_of(page)
    assert 'value="never"' not in page.content.decode()
    assert state_of(invitation) == State.JOINED
    assert Contact.objects.get().has_opted_out


@pytest.mark.parametrize("what", ["", "yes", "revoke", "expired"])
def test_answer_that_is_none_changes_nothing(answer, invitation, what):
    page = answer(what)

    assert page.status_code == 200
    assert state_of(invitation) == State.OPEN


def test_forms_are_refused_without_their_csrf_token(invitation):
    browser = Client(enforce_csrf_checks=True)

    assert browser.post(f"/i/{invitation.token}/", {"answer": "accept"}).status_code == 403
    assert state_of(invitation) == State.OPEN


def test_form_of_the_page_is_taken_with_its_csrf_token(invitation):
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(f"/i/{invitation.token}/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]

    browser.post(f"/i/{invitation.token}/", {"answer": "accept", "csrfmiddlewaretoken": token})

    assert state_of(invitation) == State.JOINED


def test_two_inviters_of_one_person_are_two_invitations(invitation, answer, sandbox, django_user_model):
    from communications.phone_numbers import parse
    from invitations import services

    jane = django_user_model.objects.create_user("jane")
    other = services.send_invitation(
        inviter=jane, phone_number=parse("+12025550100"), message="Join us", source="api", sender_name="Jane"
    )

    answer("accept")

    assert state_of(invitation) == State.JOINED
    assert state_of(other) == State.OPEN


# Expired


def test_invitation_expires_by_its_moment_whoever_looks_first(guest, answer, invitation, api, settings):
    settings.INVITATION_VALID_DAYS = 30
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=30, seconds=1))

    page = guest.get(f"/i/{invitation.token}/")
    accepted = answer("accept")

    assert page.status_code == accepted.status_code == 410
    assert "This invitation has expired" in text_of(page)
    assert "ask <bdi>John Doe</bdi> for a new one" in text_of(accepted)
    assert api.get(f"/api/invitations/{invitation.pk}/").json()["state"] == "expired"
    assert state_of(invitation) != State.JOINED


def test_invitation_is_valid_until_its_last_second(answer, invitation):
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=29, hours=23, minutes=59))

    answer("accept")

    assert state_of(invitation) == State.JOINED
