"""A frontend on another server, whose API route forwards the body and the cookies; docs/frontend.md is its contract."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from invitations.models import Invitation

pytestmark = [pytest.mark.browser, pytest.mark.any_database, pytest.mark.django_db(transaction=True)]

ROUTE = Path(__file__).parent / "frontend" / "server.mjs"
DOCUMENT = Path(__file__).parents[2] / "docs" / "frontend.md"


@pytest.fixture
def frontend(live_server):
    """The address of the frontend."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node on this machine")
    with subprocess.Popen([node, str(ROUTE), live_server.url], stdout=subprocess.PIPE, text=True) as running:
        yield f"http://{urlsplit(live_server.url).hostname}:{running.stdout.readline().strip()}"
        running.terminate()


@pytest.fixture
def visit(frontend, chromium, live_server, client, inviter):
    """Open the frontend's page; signed in, the browser brings the session's cookie of the shared host."""
    contexts = []

    def visit(*, signed_in=True):
        context = chromium.new_context()
        contexts.append(context)
        if signed_in:
            client.force_login(inviter)
            # Cookies know hosts, not ports: as on sister domains with SESSION_COOKIE_DOMAIN.
            cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
            context.add_cookies([cookie])
        page = context.new_page()
        page.goto(frontend)
        return page

    yield visit
    for context in contexts:
        context.close()


def send(page, number="+12025550100", message="Join me on Dott"):
    page.get_by_label("Phone").fill(number)
    page.get_by_label("Message").fill(message)
    page.get_by_role("button").click()


def test_invitation_goes_through_the_route(visit, expect, sandbox):
    page = visit()

    send(page)

    expect(page.get_by_role("status")).to_have_text("WhatsApp invitation sent successfully")
    assert Invitation.objects.get().sender_name == "John Doe"
    assert [message["request"]["text"]["body"] for message in sandbox.messages()] == ["Join me on Dott"]


@pytest.mark.parametrize(
    ("number", "message", "error"),
    [
        ("+1234567890", "Join me", "Invalid phone number"),
        ("+12025550100", "", "Invalid message"),
        ("+12025550130", "Join me", "Failed to send WhatsApp message"),
        ("+12025550108", "Join me", "WhatsApp did not confirm the message"),
        ("+12025550190", "Join me", "WhatsApp service is temporarily unavailable"),
    ],
)
def test_page_shows_the_error_as_it_comes(visit, expect, sandbox, number, message, error):
    page = visit()

    send(page, number, message)

    expect(page.get_by_role("status")).to_have_text(error)


def test_person_without_a_session_is_told_to_sign_in(visit, expect, sandbox):
    page = visit(signed_in=False)

    send(page)

    expect(page.get_by_role("status")).to_have_text("You are not signed in")
    assert not Invitation.objects.exists()


def test_browser_of_another_site_is_refused_though_it_brings_the_cookie(visit, live_server, sandbox):
    page = visit()
    call = """async (url) => {
        try {
            await fetch(url, {method: "POST", credentials: "include", mode: "no-cors", body: "{}"});
        } catch {}
        const form = document.createElement("form");
        Object.assign(form, {method: "POST", action: url, enctype: "text/plain"});
        document.body.append(form);
        form.submit();
    }"""

    with page.expect_response(lambda answer: answer.request.is_navigation_request()) as answered:
        page.evaluate(call, f"{live_server.url}/api/invitations/whatsapp/")

    assert answered.value.status in {403, 415}
    assert not Invitation.objects.exists()
    assert sandbox.messages() == []


def test_document_shows_the_route_that_is_tested():
    [shown] = re.findall(r"```js\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)

    assert shown.strip() in ROUTE.read_text()
