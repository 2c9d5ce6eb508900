"""The invited person's page: what it shows, in which language, and what a stranger learns from it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from communications import erasure
from communications.models import ConsentRecord, InboundMessage
from invitations import life
from invitations.models import Invitation, new_token
from tests.invitations.guests.pages import state_of, text_of

pytestmark = pytest.mark.django_db

State = Invitation.State


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
