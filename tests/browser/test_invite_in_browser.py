"""The journeys of a person who invites somebody, in a real browser."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from communications import consent
from communications.models import Contact, ContactIdentity, Message, Status
from invitations.models import Invitation

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

NUMBER = "+1 (202) 555-0100"


def send(page, number=NUMBER, message="Join me on Dott"):
    page.get_by_label("WhatsApp number").fill(number)
    page.get_by_label("Message").fill(message)
    page.get_by_role("button", name="Send invitation").click()


def test_visitor_signs_in_and_lands_on_the_invitation_form(open_page, inviter, expect, sandbox):
    page = open_page()
    page.goto("/")

    page.get_by_label("Username").fill("john")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Invite a Business Owner")
    expect(page.get_by_label("Your name")).to_have_value("John Doe")
    expect(page.get_by_label("Your e-mail address")).to_have_value("john@example.com")
    expect(page.get_by_role("radio", name="WhatsApp")).to_be_checked()


def test_verdict_follows_the_number_while_it_is_typed(sign_in, expect, sandbox):
    page = sign_in()
    number, verdict = page.get_by_label("WhatsApp number"), page.locator("#verdict")

    number.press_sequentially("+1202")
    expect(verdict).to_contain_text("too few digits")
    expect(number).to_have_attribute("aria-invalid", "false")

    number.press_sequentially("5550100")
    expect(verdict).to_contain_text("+1 202-555-0100 · United States")
    expect(verdict).to_contain_text("Will be sent as a WhatsApp text message")

    number.fill("0202 555 0100")
    expect(verdict).to_contain_text("Start with + and the country code")
    expect(number).to_have_attribute("aria-invalid", "true")


def test_verdict_says_that_a_person_has_opted_out(sign_in, expect, sandbox):
    person = Contact.objects.create()
    person.identities.create(kind=ContactIdentity.Kind.PHONE, value="+12025550100", evidence="test")
    consent.record_opt_out(person, source="test")
    page = sign_in()

    page.get_by_label("WhatsApp number").fill(NUMBER)

    expect(page.locator("#verdict")).to_contain_text("asked not to receive WhatsApp messages")


def test_status_becomes_read_by_itself(sign_in, expect, live_webhooks):
    page = sign_in()
    live_webhooks.configure(delay_ms=700)

    send(page)

    expect(page.get_by_text("WhatsApp invitation sent successfully")).to_be_visible()
    page.evaluate("document.addEventListener('animationstart', () => (window.hasFlickered = true))")
    expect(page.locator(".status-word strong")).not_to_have_text("Read")
    expect(page.locator(".status-word strong")).to_have_text("Read", timeout=15_000)
    assert page.evaluate("window.hasFlickered") is None
    steps = page.get_by_role("list", name="What happened").get_by_role("listitem")
    expect(steps).to_have_text([re.compile(word) for word in ("Accepted", "Sent", "Delivered", "Read")])
    expect(page.locator("#status")).not_to_have_attribute("hx-get", re.compile("."))


def test_refused_message_says_why_and_keeps_what_was_typed(sign_in, expect, live_webhooks):
    page = sign_in()

    send(page, "+12025550130", "Two\nlines")

    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("Failed to send WhatsApp message")
    expect(page.get_by_label("WhatsApp number")).to_have_value("+12025550130")
    expect(page.get_by_label("Message")).to_have_value("Two\nlines")

    alert.get_by_role("link", name="See this invitation").click()
    expect(page.locator(".status-word strong")).to_have_text("Failed")
    expect(page.locator("#status")).to_contain_text("Dott's team has to put this right")
    expect(page.get_by_role("link", name="invite again")).to_have_count(0)


def test_everything_works_without_script(sign_in, expect, live_webhooks):
    page = sign_in(java_script_enabled=False)

    send(page, message="First line\nsecond line")
    live_webhooks.wait_idle()
    page.reload()

    expect(page.locator(".status-word strong")).to_have_text("Read")
    assert Invitation.objects.get().message == "First line\nsecond line"


def test_invitations_are_listed_and_opened_with_the_keyboard(sign_in, expect, live_webhooks):
    page = sign_in()
    page.get_by_role("link", name="Invitations").click()
    expect(page.get_by_text("Nobody invited yet")).to_be_visible()

    page.get_by_role("link", name="Invite a Business Owner").click()
    page.get_by_label("Their name").fill("Maria Silva")
    send(page)
    page.get_by_role("link", name="All invitations").click()
    page.get_by_role("link", name="Maria Silva").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Invitation to Maria Silva")


def test_list_looks_for_news_and_ever_more_seldom_while_there_is_none(sign_in, expect, sandbox):
    page = sign_in()
    send(page)
    page.goto("/dashboard/invitations/")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    # From here on time passes as the test says.
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))

    def is_asked_after(seconds):
        asked.clear()
        page.clock.run_for((seconds - 0.1) * 1000)
        assert asked == []
        with page.expect_response("**/dashboard/invitations/changes/**"):
            page.clock.run_for(100)

    # As if somebody came back to the page.
    with page.expect_response("**/dashboard/invitations/changes/**"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    is_asked_after(6)
    is_asked_after(9)
    Message.objects.update(status=Status.FAILED)
    is_asked_after(13.5)
    expect(page.get_by_role("paragraph").filter(has_text="Failed")).to_be_visible()


def test_times_are_those_of_the_persons_own_clock(sign_in, expect, sandbox):
    page = sign_in(timezone_id="Asia/Tokyo", locale="de-DE")

    send(page)

    expect(page.locator(".status-word time")).not_to_contain_text("UTC")
    in_tokyo = Invitation.objects.get().newest_message.timeline[0].at.astimezone(ZoneInfo("Asia/Tokyo"))
    expect(page.locator(".status-word time")).to_contain_text(f"{in_tokyo:%H:%M}")


def test_pages_work_under_a_strict_content_security_policy(sign_in, expect, live_webhooks):
    policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"

    def add_policy(route):
        answer = route.fetch(max_redirects=0)
        route.fulfill(response=answer, headers=answer.headers | {"content-security-policy": policy})

    page = sign_in()
    page.route("**/*", add_policy)
    page.reload()
    page.get_by_label("WhatsApp number").fill(NUMBER)
    expect(page.locator("#verdict")).to_contain_text("United States")
    send(page)

    expect(page.locator(".status-word strong")).to_have_text("Read")


def test_impatient_clicks_send_one_message(sign_in, expect, sandbox):
    page = sign_in()
    page.get_by_label("WhatsApp number").fill(NUMBER)
    page.get_by_label("Message").fill("Join me on Dott")

    page.get_by_role("button", name="Send invitation").dblclick()

    expect(page.get_by_text("WhatsApp invitation sent successfully")).to_be_visible()
    assert len(sandbox.messages()) == 1


def test_signing_out_leads_back_to_the_sign_in(sign_in, expect, sandbox):
    page = sign_in()

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
