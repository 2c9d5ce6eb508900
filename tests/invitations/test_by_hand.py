"""What always works: the inviter sends the invitation from their own WhatsApp, or copies the link."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.utils import timezone

from communications import consent, erasure
from communications.models import Contact, Message
from invitations import by_hand, life, services
from invitations.models import Invitation
from tests.invitations.pages import page_of, text_of
from tests.invitations.people import person_with

pytestmark = pytest.mark.django_db

INVITE = "/dashboard/invite/"
BY_HAND = "/dashboard/invite/by-hand/"
FORM = {"phone_number": "+1 (202) 555-0100", "message": "Join me\r\non Dott & more", "sender_name": "John Doe"}


@pytest.fixture
def made(dashboard):
    """An invitation that nothing was sent of."""
    dashboard.post(BY_HAND, FORM)
    return Invitation.objects.get()


def address_on(page):
    return re.search(r'href="(https://wa\.me/[^"]+)"', page.content.decode())[1].replace("&amp;", "&")


def words_in(address):
    [text] = parse_qs(urlsplit(address).query)["text"]
    return text


def test_invitation_exists_without_a_message_and_without_whatsapp(dashboard):
    answer = dashboard.post(BY_HAND, FORM)

    made = Invitation.objects.get()
    assert answer["Location"] == f"{page_of(made)}#by-hand"
    assert (made.state, made.newest_message, made.phone_number) == ("open", None, "+12025550100")
    assert made.message == "Join me\non Dott & more"
    assert not Message.objects.exists()


def test_page_opens_ones_own_whatsapp_with_the_words_and_the_link(dashboard, made):
    page = dashboard.get(page_of(made))

    address = address_on(page)
    assert address.startswith("https://wa.me/12025550100?text=")
    assert words_in(address) == f"Join me\non Dott & more\n\nhttp://testserver/i/{made.token}/"
    assert f'value="http://testserver/i/{made.token}/"' in page.content.decode()
    assert "You send this one yourself" in text_of(page)


def test_code_is_a_picture_in_the_page_and_says_the_same(made):
    offer = by_hand.offer(made, base_url="https://dott.example")

    assert offer.code.startswith("<svg")
    assert "style=" not in offer.code
    assert (offer.has_words, offer.code_has_words) == (True, True)
    assert len(offer.code) < 40_000


@pytest.mark.parametrize(
    ("length", "has_words", "code_has_words"), [(100, True, True), (1000, True, False), (4096, True, False)]
)
def test_words_that_are_too_long_for_the_code_leave_it_the_link(made, length, has_words, code_has_words):
    made.message = "a" * length

    offer = by_hand.offer(made, base_url="https://dott.example")

    assert (offer.has_words, offer.code_has_words) == (has_words, code_has_words)
    assert unquote(offer.address).endswith(offer.link)


def test_words_that_are_too_long_for_an_address_leave_it_the_link(made):
    made.message = "ü" * 4096

    offer = by_hand.offer(made, base_url="https://dott.example")

    assert not offer.has_words
    assert words_in(offer.address) == offer.link


def test_link_works_as_any_other(made, client):
    client.logout()
    client.post(f"/i/{made.token}/", {"answer": "accept"})

    made.refresh_from_db()
    assert made.state == "joined"


def test_api_tells_an_invitation_without_a_message(made, api):
    told = api.get(f"/api/invitations/{made.pk}/").json()
    listed = api.get("/api/invitations/").json()["results"]

    assert (told["status"], told["messageId"], told["failure"], told["timeline"]) == (None, None, None, [])
    assert told["state"] == "open"
    assert listed[0]["invitationId"] == str(made.pk)


def test_list_and_admin_show_it(dashboard, made, inviter):
    inviter.is_staff = inviter.is_superuser = True
    inviter.save()

    assert "Sent by hand" in text_of(dashboard.get("/dashboard/invitations/"))
    assert "By hand" in text_of(dashboard.get("/admin/invitations/invitation/"))


def test_its_page_asks_nothing_of_whatsapp(dashboard, made):
    assert "hx-trigger" not in dashboard.get(page_of(made)).content.decode()
    assert dashboard.get(f"{page_of(made)}status/").status_code == 404


def test_person_invited_before_keeps_their_link(dashboard, made):
    dashboard.post(BY_HAND, FORM | {"message": "Other words"})

    again = Invitation.objects.get()
    assert (again.token, again.message) == (made.token, "Other words")


def test_message_that_was_sent_stays_with_its_invitation(dashboard, invite, sandbox):
    invite("+12025550100", "Join me on Dott")

    dashboard.post(BY_HAND, FORM)

    again = Invitation.objects.get()
    assert again.newest_message is not None
    assert again.link_base == ""


def test_consent_is_kept_here_too(dashboard):
    dashboard.post(BY_HAND, FORM | {"has_consent": "on"})

    assert Contact.objects.get().consent_records.get().source == "dashboard"


def test_wrong_form_is_shown_again(dashboard):
    answer = dashboard.post(BY_HAND, FORM | {"phone_number": "0202 555"})

    assert answer.status_code == 400
    assert "Start with + and the country code" in text_of(answer)
    assert not Invitation.objects.exists()


def test_visitors_are_asked_to_sign_in(client, db):
    assert client.post(BY_HAND, FORM).status_code == 302
    assert not Invitation.objects.exists()


# Where it is offered


def test_form_offers_it_in_any_case(dashboard):
    assert 'formaction="/dashboard/invite/by-hand/"' in dashboard.get(INVITE).content.decode()


def test_refusal_by_a_service_that_is_out_offers_it_with_what_was_typed(dashboard):
    refused = dashboard.post(INVITE, FORM).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', refused))
    dashboard.post(BY_HAND, hidden)

    assert Invitation.objects.get().phone_number == "+12025550100"
    assert hidden["sender_name"] == "John Doe"


def test_person_who_stopped_marketing_can_be_written_to_by_a_friend(dashboard, sandbox):
    person_with("+12025550100", marketing_opted_out_at=timezone.now())

    refused = dashboard.post(INVITE, FORM)
    dashboard.post(BY_HAND, FORM)

    assert refused.status_code == 409
    assert f'<form method="post" action="{BY_HAND}"' in refused.content.decode()
    assert Invitation.objects.count() == 1


def test_person_who_wants_no_message_at_all_is_respected(dashboard, sandbox):
    consent.record_opt_out(person_with("+12025550100"), source="word", text="STOP")

    refused = dashboard.post(INVITE, FORM)
    by_hand_refused = dashboard.post(BY_HAND, FORM)

    assert f'<form method="post" action="{BY_HAND}"' not in refused.content.decode()
    assert by_hand_refused.status_code == 409
    assert not Invitation.objects.exists()


def test_person_who_said_no_before_they_were_erased_is_respected(dashboard):
    person = person_with("+12025550100")
    consent.record_opt_out(person, source="word", text="STOP")
    erasure.forget(person, tell_meta=False)

    answer = dashboard.post(BY_HAND, FORM)

    assert answer.status_code == 409
    assert not Invitation.objects.exists()


def test_failed_message_leads_to_it(dashboard, sandbox, inviter):
    dashboard.post(INVITE, FORM | {"phone_number": "+12025550130"})

    page = dashboard.get(page_of(Invitation.objects.get()))

    assert '#by-hand"' in page.content.decode()
    assert words_in(address_on(page)).startswith("Join me\non Dott & more\n\nhttp")


@pytest.mark.parametrize("end", [life.revoke, lambda each: life.join(each, via="page")])
def test_invitation_that_has_ended_is_offered_no_more(dashboard, made, end):
    end(made)

    assert "wa.me" not in dashboard.get(page_of(made)).content.decode()


def test_person_who_opted_out_since_is_offered_no_more(dashboard, made):
    consent.record_opt_out(made.contact, source="word", text="STOP")

    assert "wa.me" not in dashboard.get(page_of(made)).content.decode()


def test_making_one_has_the_pace_of_sending(dashboard, settings):
    settings.INVITATION_RATE = "1/min"
    dashboard.post(BY_HAND, FORM)

    assert dashboard.post(BY_HAND, FORM | {"phone_number": "+12025550101"}).status_code == 429


def test_it_expires_as_any_other(made):
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=31))

    assert Invitation.objects.get().standing == "expired"
    assert services.live_one(Invitation.objects.get()) is None
