"""What an inviter does with an invitation after it was sent, in a real browser."""

import pytest
from django.test import Client

from communications.models import Message, Status
from invitations.models import Invitation

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

NUMBER = "+1 (202) 555-0100"


def fill(page, number=NUMBER, message="Join me on Dott"):
    page.get_by_label("WhatsApp number").fill(number)
    page.get_by_label("Message").fill(message)


@pytest.fixture
def sent(sign_in, expect, sandbox):
    """The page of an invitation that was sent."""
    page = sign_in()
    fill(page)
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("WhatsApp invitation sent successfully")).to_be_visible()
    return page


def test_invitation_by_hand_has_a_link_a_code_and_a_button(sign_in, expect, sandbox):
    page = sign_in()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    fill(page)

    page.get_by_role("button", name="Send it from my own WhatsApp").click()

    token = Invitation.objects.get().token
    by_hand = page.locator("#by-hand")
    button = by_hand.get_by_role("link", name="Send it from my own WhatsApp")
    assert button.get_attribute("href").startswith("https://wa.me/12025550100?text=Join%20me%20on%20Dott%0A%0Ahttp")
    by_hand.get_by_text("show the code").click()
    expect(by_hand.get_by_role("img", name="QR code")).to_be_visible()
    by_hand.get_by_role("button", name="Copy").click()
    expect(by_hand.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/i/{token}/")
    assert sandbox.messages() == []


def test_invitation_by_hand_works_without_script(sign_in, expect, sandbox):
    page = sign_in(java_script_enabled=False)
    fill(page)

    page.get_by_role("button", name="Send it from my own WhatsApp").click()

    expect(page.get_by_label("Or copy the link")).to_have_value(
        f"{page.url.split('/dashboard')[0]}/i/{Invitation.objects.get().token}/"
    )
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_hidden()


def test_invitation_is_taken_back(sent, expect):
    sent.get_by_text("Take it back", exact=True).click()
    sent.get_by_role("button", name="Yes, take it back").click()

    expect(sent.get_by_text("The invitation is taken back")).to_be_visible()
    expect(sent.get_by_text("Take it back")).to_have_count(0)
    assert Invitation.objects.get().state == "revoked"


def test_sending_again_too_soon_says_when_it_can_be(sent, expect):
    sent.get_by_role("button", name="Send it again").click()

    expect(sent.get_by_role("status").filter(has_text="invited a short while ago")).to_be_visible()


def test_reminder_is_sent_to_who_got_it(sent, expect, sandbox, settings):
    settings.INVITATION_COOLDOWN_HOURS = 0
    Message.objects.update(status=Status.READ)
    sent.reload()

    sent.get_by_role("button", name="Remind them").click()

    expect(sent.get_by_text("Reminder sent")).to_be_visible()
    expect(sent.get_by_text("1 reminder", exact=True)).to_be_visible()
    assert len(sandbox.messages()) == 2


def test_failed_message_has_its_card_and_the_way_that_works(sign_in, expect, sandbox):
    page = sign_in()
    fill(page, "+12025550130")
    page.get_by_role("button", name="Send invitation").click()

    page.get_by_role("alert").get_by_role("link", name="Send it from my own WhatsApp").click()

    expect(page.locator("#by-hand")).to_be_in_viewport()
    expect(page.locator(".card-note")).to_contain_text("Whose move it is: Dott's team's")


def test_everything_done_is_seen(sent, expect):
    Client().post(f"/i/{Invitation.objects.get().token}/", {"answer": "accept"})

    sent.reload()

    expect(sent.locator(".life")).to_contain_text("Joined")
    expect(sent.get_by_role("button", name="Send it again")).to_have_count(0)
