"""The invited person's page: what it shows, what its buttons do, and what a stranger learns from it."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone

from communications import consent, erasure
from communications.models import ConsentRecord, Contact, InboundMessage
from invitations import hand_over, life
from invitations.models import Invitation, new_token
from invitations.signals import invitation_declined, invitation_joined, invitation_opened

pytestmark = pytest.mark.django_db

State = Invitation.State
BROWSER = "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36"


@pytest.fixture
def invitation(invite, sandbox):
    invite("+12025550100", "Join me <b>now</b>\non Dott", recipientName="Maria")
    return Invitation.objects.get()


@pytest.fixture
def guest():
    return Client(HTTP_USER_AGENT=BROWSER, HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def answer(guest, invitation):
    def post(what, **headers):
        return guest.post(f"/i/{invitation.token}/", {"answer": what}, headers=headers)

    return post


@pytest.fixture
def heard():
    """What listeners were told, by the name of the signal."""
    told = []

    def listen(name):
        def receive(sender, invitation, **named):
            told.append((name, invitation.state, named.get("via")))

        return receive

    receivers = {
        signal: listen(name)
        for name, signal in {
            "opened": invitation_opened,
            "joined": invitation_joined,
            "declined": invitation_declined,
        }.items()
    }
    for signal, receiver in receivers.items():
        signal.connect(receiver)
    yield told
    for signal, receiver in receivers.items():
        signal.disconnect(receiver)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<(?!/?bdi)[^>]+>", " ", response.content.decode())).replace("&#x27;", "'")


def state_of(invitation):
    invitation.refresh_from_db()
    return invitation.state


# What it shows


def test_page_says_who_invites_in_whose_words(guest, invitation):
    page = guest.get(f"/i/{invitation.token}/")

    assert page.status_code == 200
    assert "<bdi>John Doe</bdi> invites you to Dott" in text_of(page)
    assert "Join me &lt;b&gt;now&lt;/b&gt;<br>on Dott" in page.content.decode()
    assert "Write to john@example.com" in text_of(page)
    assert re.findall(r'name="answer" value="(\w+)"', page.content.decode()) == ["accept", "not_now", "never"]


def test_page_tells_nothing_else_about_the_person(guest, invitation):
    page = guest.get(f"/i/{invitation.token}/").content.decode()

    assert "2025550100" not in page
    assert "Maria" not in page
    assert str(invitation.pk) not in page


def test_page_is_not_kept_found_or_handed_on(guest, invitation):
    page = guest.get(f"/i/{invitation.token}/")

    assert page["Referrer-Policy"] == "same-origin"
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in page["Cache-Control"]


def test_address_of_the_templates_button_needs_no_redirect(guest, invitation):
    assert guest.get(f"/i/{invitation.token}").status_code == 200


def test_page_is_small_and_needs_few_other_files(guest, invitation):
    page = guest.get(f"/i/{invitation.token}/").content.decode()

    assert len(page.encode()) < 6_000
    assert len(re.findall(r'(?:src|rel="stylesheet" href)="', page)) == 2


def test_page_costs_few_queries(guest, invitation, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        guest.get(f"/i/{invitation.token}/")


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "דוד כהן", "مرحبا", "A" * 200])
def test_any_name_is_shown_as_text_in_its_own_direction(guest, invitation, name):
    Invitation.objects.update(sender_name=name)

    page = guest.get(f"/i/{invitation.token}/").content.decode()

    escaped = name.replace("<", "&lt;").replace(">", "&gt;")
    assert f"<bdi>{escaped}</bdi> invites you" in page
    assert "<script>alert" not in page


def test_number_that_the_numbering_plan_no_longer_knows_opens_the_page_all_the_same(invitation):
    Invitation.objects.update(phone_number="+99912345")

    assert "invites you" in Client().get(f"/i/{invitation.token}/").content.decode()


def test_sender_without_a_name_is_somebody(guest, invitation):
    Invitation.objects.update(sender_name="")

    assert "<bdi>Somebody</bdi> invites you" in text_of(guest.get(f"/i/{invitation.token}/"))


# What a stranger learns


@pytest.mark.parametrize(
    "tried",
    ["guessed", "a" * 22, "a" * 5000, "%00" + "a" * 21, "é" * 22, "..%2f..%2f"],
    ids=["short", "unknown", "long", "null", "letters", "path"],
)
def test_token_that_is_none_is_not_found(guest, invitation, tried):
    assert guest.get(f"/i/{tried}/").status_code == 404
    assert guest.post(f"/i/{tried}/", {"answer": "accept"}).status_code == 404


def test_token_altered_in_one_place_is_not_found(guest, invitation):
    altered = invitation.token[:-1] + ("A" if invitation.token[-1] != "A" else "B")

    assert guest.get(f"/i/{altered}/").status_code == 404
    assert guest.get(f"/i/{invitation.token.swapcase()}/").status_code == 404


def test_invitation_that_was_taken_back_is_like_one_that_never_was(guest, invitation, django_assert_num_queries):
    life.revoke(invitation)
    with django_assert_num_queries(1):
        revoked = guest.get(f"/i/{invitation.token}/")
    with django_assert_num_queries(1):
        never_was = guest.get(f"/i/{new_token()}/")

    assert revoked.status_code == never_was.status_code == 404
    assert revoked.content == never_was.content
    assert revoked.headers.keys() == never_was.headers.keys()
    assert guest.post(f"/i/{invitation.token}/", {"answer": "accept"}).status_code == 404
    assert state_of(invitation) == State.REVOKED


def test_tokens_are_128_random_bits():
    tokens = {new_token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {22}


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


# In their language


@pytest.mark.parametrize(
    ("accept", "heading", "lang"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "le invita a Dott", "es"),
        ("fr", "vous invite sur Dott", "fr"),
        ("pt-PT,pt;q=0.9", "convida você para o Dott", "pt"),
        ("de,ja;q=0.5", "invites you to Dott", "en"),
        ("", "invites you to Dott", "en"),
    ],
)
def test_page_speaks_the_language_of_the_browser(guest, invitation, accept, heading, lang):
    page = guest.get(f"/i/{invitation.token}/", headers={"accept-language": accept})

    assert heading in text_of(page)
    assert f'<html lang="{lang}">' in page.content.decode()


@pytest.mark.parametrize(
    ("number", "heading"),
    [("+34612345678", "le invita"), ("+5511987654321", "convida você"), ("+33612345678", "vous invite")],
)
def test_page_speaks_the_language_of_the_country_where_the_browser_does_not_say(invite, sandbox, number, heading):
    invite(number)

    assert heading in text_of(Client().get(f"/i/{Invitation.objects.get().token}/"))


def test_wish_is_kept_in_the_words_that_were_pressed(answer, invitation):
    answer("never", **{"accept-language": "es"})

    assert ConsentRecord.objects.get().text == "No volver a escribirme nunca"


def test_person_who_was_erased_has_no_page_any_more(guest, invitation):
    erasure.forget(invitation.contact, tell_meta=False)

    assert guest.get(f"/i/{invitation.token}/").status_code == 404


def test_dashboard_stays_in_its_language(client, inviter, invitation, guest):
    guest.get(f"/i/{invitation.token}/", headers={"accept-language": "es"})
    client.force_login(inviter)

    assert "Invite a Business Owner" in text_of(client.get("/dashboard/invite/", headers={"accept-language": "en"}))


def test_answer_is_told_on_the_inviters_page(answer, invitation, client, inviter, api):
    answer("accept")
    client.force_login(inviter)

    page = text_of(client.get(f"/dashboard/invitations/{invitation.pk}/"))

    assert "Joined" in page
    assert api.get(f"/api/invitations/{invitation.pk}/").json()["state"] == "joined"


def test_messages_that_still_wait_are_not_sent_after_the_answer(answer, invitation, sandbox):
    from communications import due_work
    from communications.whatsapp_service import whatsapp_service
    from invitations import services

    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(hours=25))
    invitation.refresh_from_db()
    reminder = services.carry_again(invitation)
    whatsapp_service.queue(reminder)

    answer("not_now")
    due_work.run_once()

    reminder.refresh_from_db()
    assert reminder.status == "failed"
    assert len(sandbox.messages()) == 1
    assert not InboundMessage.objects.exists()
