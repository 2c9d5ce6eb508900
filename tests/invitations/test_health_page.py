"""`/dashboard/health/`: for staff, in words, with the buttons that help."""

import re

import pytest
from django.test import Client

from communications import channel, operations
from communications.health import checklist, meta
from communications.models import AuditEntry, Channel, MessageTemplate

pytestmark = pytest.mark.django_db

PAGE = "/dashboard/health/"
ACTS = ["check", "resume", "subscribe", "templates"]


@pytest.fixture
def staff(client, inviter, sandbox):
    inviter.is_staff = True
    inviter.save()
    client.force_login(inviter)
    return client


def content(answer):
    return answer.content.decode()


@pytest.mark.parametrize("path", [PAGE, *(f"{PAGE}{act}/" for act in ACTS)])
def test_strangers_sign_in_and_users_are_refused(client, inviter, path):
    ask = client.get if path == PAGE else client.post
    assert ask(path)["Location"].startswith("/accounts/login/")
    client.force_login(inviter)

    assert ask(path).status_code == 403


@pytest.mark.parametrize("act", ACTS)
def test_what_changes_something_is_asked_by_post_and_with_a_token(staff, act, inviter):
    assert staff.get(f"{PAGE}{act}/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(inviter)
    assert strict.post(f"{PAGE}{act}/").status_code == 403


def test_only_staff_see_the_link(staff, client, inviter):
    assert f'href="{PAGE}"' in content(staff.get("/dashboard/invite/"))
    inviter.is_staff = False
    inviter.save()

    assert f'href="{PAGE}"' not in content(client.get("/dashboard/invite/"))


def test_every_check_stands_there_in_words(staff):
    page = content(staff.get(PAGE))

    for finding in checklist.run().findings:
        assert f'id="{finding.name}"' in page
        assert finding.title in page
    assert page.count("</svg>Good</p>") == checklist.run().count(checklist.Light.GREEN)
    assert page.count("</svg>Look</p>") == checklist.run().count(checklist.Light.AMBER)


def test_page_is_not_kept_by_browsers(staff):
    assert "no-store" in staff.get(PAGE)["Cache-Control"]


def test_what_needs_somebody_is_named_first_and_leads_to_its_line(staff, sandbox):
    sandbox.set_account(quality_rating="RED")

    page = content(staff.get(PAGE))

    first = re.search(r'<ul class="troubles">.*?href="#(\w+)"', page, re.DOTALL).group(1)
    assert first == next(each.name for each in checklist.run().findings if each.light is checklist.Light.RED)


def test_check_again_asks_meta_anew(staff, sandbox, monkeypatch):
    monkeypatch.setattr(meta, "AT_LEAST_SECONDS", 0)
    assert "Its quality is green." in content(staff.get(PAGE))
    sandbox.set_account(quality_rating="RED")
    assert "Its quality is green." in content(staff.get(PAGE))

    page = content(staff.post(f"{PAGE}check/", follow=True))

    assert "its quality is red" in page


def test_paused_number_is_resumed_by_a_button(staff, inviter, settings):
    assert "health/resume/" not in content(staff.get(PAGE))
    channel.pause(settings.WHATSAPP_PHONE_NUMBER_ID, "sandbox-token", meta_code=131042)
    assert "health/resume/" in content(staff.get(PAGE))

    page = content(staff.post(f"{PAGE}resume/", follow=True))

    assert "The number sends again." in page
    assert Channel.objects.get().paused_at is None
    assert AuditEntry.objects.get().actor == inviter
    assert "The number was not paused." in content(staff.post(f"{PAGE}resume/", follow=True))


def test_app_is_subscribed_by_a_button(staff, sandbox):
    sandbox.set_account(subscribed=False)
    assert "health/subscribe/" in content(staff.get(PAGE))

    page = content(staff.post(f"{PAGE}subscribe/", follow=True))

    assert "Our app is subscribed to the business account." in page
    assert "health/subscribe/" not in page


def test_subscription_that_fails_is_an_error_in_words(staff, settings):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"

    page = content(staff.post(f"{PAGE}subscribe/", follow=True))

    assert "notice-error" in page
    assert "Meta could not be reached" in page


def test_templates_are_listed_with_what_meta_says(staff, sandbox):
    sandbox.set_template("invoice_notification", "es", status="REJECTED", reason="PROMOTIONAL")
    sandbox.set_template("invoice_notification", "fr", quality_score="GREEN", status="APPROVED")

    page = content(staff.get(PAGE))

    row = re.search(r"<th scope=\"row\">invoice_notification</th>\s*<td>es</td>.*?</tr>", page, re.DOTALL).group(0)
    assert re.findall(r"REJECTED|UTILITY|PROMOTIONAL|never", row) == ["REJECTED", "UTILITY", "PROMOTIONAL", "never"]
    assert page.count('<th scope="row">') == 16


def test_templates_are_synced_by_a_button_that_tells_what_it_did(staff, sandbox, settings):
    settings.PUBLIC_BASE_URL = "https://dott.example"
    sandbox.clear_templates()

    page = content(staff.post(f"{PAGE}templates/"))

    assert "invoice_notification (pt_BR): It is not at Meta. It was submitted" in page
    assert page.count("<li>") >= 16
    assert MessageTemplate.objects.filter(synced_at__isnull=False).count() == 16
    assert "Sync again to go on" not in page


def test_sync_that_runs_out_of_time_says_how_to_go_on(staff, monkeypatch, settings):
    monkeypatch.setattr(operations.sync_templates, "__kwdefaults__", {"by": None, "seconds": 0.0})

    page = content(staff.post(f"{PAGE}templates/"))

    assert "Sync again to go on" in page


def test_sync_that_meta_does_not_answer_is_an_error_in_words(staff, settings):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"

    page = content(staff.post(f"{PAGE}templates/", follow=True))

    assert "notice-error" in page
    assert not AuditEntry.objects.exists()


def test_page_stands_while_meta_is_away(staff, settings):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"

    answer = staff.get(PAGE)

    assert answer.status_code == 200
    assert "Not known: Meta could not be reached." in content(answer)


def test_what_meta_says_is_escaped(staff, sandbox):
    sandbox.configure(verified_name="<script>alert(1)</script>")
    try:
        page = content(staff.get(PAGE))
    finally:
        sandbox.configure(verified_name="Dott")

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
