"""The invited person's page, on a phone, in a real browser."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from communications import consent
from communications.models import ConsentRecord
from communications.phone_numbers import parse
from invitations import hand_over, life, services
from invitations.models import Invitation
from tests.browser.everybody import in_every_light
from tests.local_server import LocalServer, answered

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "locale": "en-US",
    "user_agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
}
LONG_NAME = "Bartholomäus von Hohenstaufen-Württemberg " * 5


def invite(inviter, **details):
    fields = {"message": "Join me on Dott", "sender_name": "John Doe", "sender_email": "john@example.com"}
    return services.send_invitation(
        inviter=inviter, phone_number=parse("+12025550100"), source="api", **fields | details
    )


@pytest.fixture
def invitation(inviter, sandbox):
    return invite(inviter)


@pytest.fixture
def visit(open_page, invitation):
    """Open the invitation's page."""

    def visit(**options):
        page = open_page(**PHONE | options)
        page.goto(f"/i/{invitation.token}/")
        return page

    return visit


def state_of(invitation):
    return Invitation.objects.get(pk=invitation.pk).state


def press(page, name):
    page.get_by_role("button", name=name).click()


without_script = pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])


@without_script
def test_accept(visit, invitation, expect, script):
    page = visit(java_script_enabled=script)
    expect(page.get_by_role("heading", level=1)).to_have_text("John Doe invites you to Dott")

    press(page, "Accept")

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for joining!")
    assert state_of(invitation) == "joined"


@without_script
def test_not_now(visit, invitation, expect, script):
    page = visit(java_script_enabled=script)

    press(page, "Not now")

    expect(page.get_by_role("heading", level=1)).to_have_text("All right, not now")
    assert state_of(invitation) == "declined"


@without_script
def test_never(visit, invitation, expect, script):
    page = visit(java_script_enabled=script)

    press(page, "Never write to me again")

    expect(page.get_by_role("heading", level=1)).to_have_text("We will not write to you again")
    assert state_of(invitation) == "declined"
    assert ConsentRecord.objects.get().source == "invitation"


def test_link_used_twice(visit, invitation, expect):
    press(visit(), "Accept")

    again = visit()

    expect(again.get_by_role("heading", level=1)).to_have_text("You have already joined")
    expect(again.get_by_role("button")).to_have_count(0)


def test_page_left_open_while_it_was_answered_elsewhere(visit, invitation, expect):
    page = visit()
    life.decline(invitation, via="chat")

    press(page, "Accept")

    expect(page.get_by_role("heading", level=1)).to_have_text("You have declined this invitation")
    assert state_of(invitation) == "declined"


def test_page_left_open_until_it_expired(visit, invitation, expect):
    page = visit()
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=31))

    press(page, "Accept")

    expect(page.get_by_role("heading", level=1)).to_have_text("This invitation has expired")


def test_altered_link(visit, invitation, expect):
    page = visit()

    page.goto(f"/i/{invitation.token[::-1]}/")

    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such invitation")


def test_person_who_opted_out_opens_an_old_link(visit, invitation, expect):
    consent.record_opt_out(invitation.contact, source="word", text="STOP")
    page = visit()

    expect(page.get_by_text("You have asked Dott not to write to you")).to_be_visible()
    expect(page.get_by_role("button", name="Never")).to_have_count(0)
    press(page, "Accept")

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for joining!")


@pytest.mark.parametrize("name", [LONG_NAME[:200], "A" * 200, "דוד כהן", "<img src=x onerror=alert(1)>"])
def test_any_name_fits_the_screen(visit, invitation, expect, name):
    Invitation.objects.update(sender_name=name, message=f"{name}\n" + "W" * 300)
    page = visit()

    expect(page.locator("bdi")).to_have_text(name.strip())
    expect(page.locator("img")).to_have_count(0)
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_words_from_right_to_left_stand_on_the_right(visit, invitation):
    Invitation.objects.update(message="בואו להצטרף אליי")

    words = visit().locator(".guest-words")

    assert words.evaluate("element => getComputedStyle(element).direction") == "rtl"


# Opened


def test_page_that_is_only_loaded_is_not_opened(visit, invitation):
    visit().wait_for_timeout(300)

    assert state_of(invitation) == "open"


def test_touch_opens_it(visit, invitation, expect):
    page = visit()

    with page.expect_response(lambda answer: answer.request.method == "POST") as told:
        page.mouse.click(200, 300)

    assert told.value.status == 204
    assert state_of(invitation) == "opened"


def test_three_seconds_in_view_open_it(visit, invitation):
    page = visit()

    with page.expect_response(lambda answer: answer.request.method == "POST", timeout=8_000):
        pass

    assert state_of(invitation) == "opened"


def test_it_is_told_once(visit, invitation):
    page = visit()
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)

    for place in (100, 200, 300):
        page.mouse.click(200, place)
    page.keyboard.press("Tab")
    page.wait_for_timeout(300)

    assert len(posts) == 1


def test_browser_without_a_person_says_so_and_does_not_count(visit, invitation):
    page = visit(user_agent="Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/142.0.0.0 Safari/537.36")

    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.mouse.click(200, 300)

    assert state_of(invitation) == "open"


# To the sign-up


def sign_up(connection, request):
    if request.target.startswith("/sign-up"):
        return answered(b"", status="302 Found", headers=("Location: /welcome",))
    return answered(b"<title>Dott</title><h1>Welcome</h1>", content_type="text/html")


def test_accepting_leads_to_the_sign_up_of_another_site_once(chromium, live_server, invitation, settings, expect):
    with LocalServer(sign_up) as site:
        settings.INVITATION_SIGN_UP_URL = f"{site.url}/sign-up"
        # A context of its own: no page of ours asks another host, but this one leads to it.
        context = chromium.new_context(base_url=live_server.url, **PHONE)
        try:
            page = context.new_page()
            page.goto(f"/i/{invitation.token}/")
            page.get_by_role("button", name="Accept").dblclick()
            expect(page.get_by_role("heading", level=1)).to_have_text("Welcome")
        finally:
            context.close()

    [asked] = [request for request in site.requests if request.target.startswith("/sign-up")]
    [word] = parse_qs(urlsplit(asked.target).query)["invitation"]
    assert hand_over.invitation_of(word) == invitation
    assert "referer" not in asked.headers


# For everybody


@pytest.mark.parametrize("language", ["en-US", "es-MX", "fr-FR", "pt-BR"])
def test_page_can_be_read_by_everybody_in_their_language(visit, invitation, language):
    page = visit(locale=language, reduced_motion="reduce")

    assert in_every_light(page) == []
    with page.expect_navigation():
        page.locator("[value=never]").click()
    assert in_every_light(page) == []


def test_page_can_be_answered_with_the_keyboard(visit, invitation, expect):
    page = visit()
    page.get_by_role("button", name="Accept").focus()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("All right, not now")
