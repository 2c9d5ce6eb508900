"""The link under a free text: where the caller asks for it, and counted with the words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications.errors import NotConfigured
from communications.models import Contact, Message
from communications.phone_numbers import parse
from invitations import services
from invitations.models import Invitation

pytestmark = pytest.mark.django_db

HOST_LINK = "http://testserver/i/{token}/"
# A blank line, and http://testserver/i/ with 22 characters of a token and a slash.
BESIDE_WORDS = 2 + len("http://testserver/i/") + 22 + 1


def body_of(sandbox, position=0):
    return sandbox.messages()[position]["request"]["text"]["body"]


def test_link_follows_the_words_after_a_blank_line(invite, sandbox):
    answer = invite("+12025550100", " Join me\non Dott ", includeLink=True)

    invitation = Invitation.objects.get()
    assert answer.status_code == 200
    assert body_of(sandbox) == f" Join me\non Dott \n\nhttp://testserver/i/{invitation.token}/"
    assert invitation.message == " Join me\non Dott "
    assert Message.objects.get().text == body_of(sandbox)


@pytest.mark.parametrize("asked", [{}, {"includeLink": False}, {"includeLink": None}])
def test_text_goes_out_verbatim_unless_the_link_is_asked_for(invite, sandbox, asked):
    invite("+12025550100", "Join me on Dott", **asked)

    assert body_of(sandbox) == "Join me on Dott"


def test_link_leads_to_the_public_address_where_there_is_one(invite, sandbox, settings):
    settings.PUBLIC_BASE_URL = "https://app.example.com/"

    invite("+12025550100", "Join me on Dott", includeLink=True)

    assert body_of(sandbox).endswith(f"\n\nhttps://app.example.com/i/{Invitation.objects.get().token}/")


def test_link_opens_the_page(invite, client, sandbox):
    invite("+12025550100", "Join me on Dott", includeLink=True)

    assert client.get(body_of(sandbox).split("http://testserver")[1]).status_code == 200


@pytest.mark.parametrize("wrong", ["true", 1, "yes", []])
def test_only_true_and_false_are_taken(invite, sandbox, wrong):
    answer = invite("+12025550100", "Join me on Dott", includeLink=wrong)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["includeLink"])
    assert sandbox.messages() == []


def test_link_is_counted_in_what_a_text_may_have(invite, sandbox):
    room = 4096 - BESIDE_WORDS

    too_long = invite("+12025550100", "a" * (room + 1), includeLink=True)
    as_long_as_it_may_be = invite("+12025550100", "a" * room, includeLink=True)

    assert (too_long.status_code, too_long.json()["code"]) == (400, "invalid_request")
    assert f"Shorten the message to {room} characters: it has {room + 1}" in too_long.json()["detail"]
    assert as_long_as_it_may_be.status_code == 200
    assert len(body_of(sandbox)) == 4096
    assert Invitation.objects.count() == 1


def test_words_that_fit_without_the_link_are_taken_without_it(invite, sandbox):
    assert invite("+12025550100", "a" * 4096).status_code == 200


def test_invitation_sent_again_says_what_was_asked_for_last(invite, sandbox, settings):
    settings.INVITATION_COOLDOWN_HOURS = 0
    for asked in (True, False):
        invite("+12025550100", "Join me on Dott", includeLink=asked)

    token = Invitation.objects.get().token
    assert body_of(sandbox, 0) == f"Join me on Dott\n\n{HOST_LINK.format(token=token)}"
    assert body_of(sandbox, 1) == "Join me on Dott"
    assert Invitation.objects.get().link_base == ""


def test_invitation_keeps_that_the_link_was_asked_for(invite, sandbox):
    invite("+12025550100", "Join me on Dott", includeLink=True)

    assert Invitation.objects.get().link_base == "http://testserver"


def test_template_has_its_own_button_for_the_link(invite, sandbox, settings):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"

    invite("+12025550100", "Join me on Dott", includeLink=True)

    [received] = sandbox.messages()
    assert "testserver" not in received["text"]
    assert received["buttons"][0]["url"].endswith(Invitation.objects.get().token)


def test_open_window_takes_the_text_with_its_link_although_a_template_is_set(invite, sandbox, settings):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    settings.INVITATION_COOLDOWN_HOURS = 0
    invite("+12025550100")
    Contact.objects.update(last_wrote_at=timezone.now() - timedelta(hours=1))

    invite("+12025550100", "Join me on Dott", includeLink=True)

    assert body_of(sandbox, 1).startswith("Join me on Dott\n\nhttp://testserver/i/")


def test_caller_without_a_request_is_told_that_the_link_needs_an_address(inviter, sandbox):
    with pytest.raises(NotConfigured, match="PUBLIC_BASE_URL"):
        services.send_invitation(
            inviter=inviter, phone_number=parse("+12025550100"), message="Join me", include_link=True, source="api"
        )

    assert not Invitation.objects.exists()
    assert sandbox.messages() == []


def test_repeated_request_with_the_link_and_without_is_another_request(invite, sandbox):
    key = {"Idempotency-Key": "one"}
    first = invite("+12025550100", "Join me on Dott", includeLink=True, headers=key)
    again = invite("+12025550100", "Join me on Dott", includeLink=True, headers=key)
    other = invite("+12025550100", "Join me on Dott", headers=key)

    assert first.json() == again.json()
    assert other.status_code == 422
