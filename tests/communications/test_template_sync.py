"""`manage.py sync_message_templates` against the sandbox: what is submitted, edited, kept and said."""

import json
from datetime import timedelta

import pytest
import requests
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from communications import signals
from communications.message_templates import DEFINITIONS
from communications.models import MessageTemplate
from communications.whatsapp_service import whatsapp_service
from tests.communications.approval import BASE_URL, ask_for_approval
from tests.local_server import LocalServer
from tests.wire import answer

pytestmark = pytest.mark.django_db(transaction=True)

PAYMENT = DEFINITIONS["payment_confirmation"]


@pytest.fixture(autouse=True)
def _public_address(settings, sandbox):
    settings.PUBLIC_BASE_URL = BASE_URL


@pytest.fixture
def run(capsys):
    """Run the command; give what it said, the line of a template by its name and language, or the last one."""

    def run_command(*arguments, fails=False):
        if fails:
            with pytest.raises(CommandError) as failure:
                call_command("sync_message_templates", *arguments)
            assert failure.value.returncode == 1
            return capsys.readouterr().out + str(failure.value)
        call_command("sync_message_templates", *arguments)
        return capsys.readouterr().out

    return run_command


@pytest.fixture
def in_step(sandbox, run):
    """Meta has every definition, approved, and we know it."""
    sandbox.clear_templates()
    run()
    sandbox.wait_idle()
    run()
    return sandbox


def line(said, name, language="en_US"):
    return next(row for row in said.splitlines() if row.startswith(f"{name} ({language})"))


def there(sandbox, name="payment_confirmation", language="en_US"):
    [template] = [one for one in sandbox.templates() if (one["name"], one["language"]) == (name, language)]
    return template


def change_at_meta(sandbox, *, days=2):
    """What somebody does in WhatsApp Manager, some days ago."""
    text = "Paid: {{1}}\nYour reference: {{2}}\nThank you for your business!"
    component = {"type": "BODY", "text": text, "example": {"body_text": [["a", "b"]]}}
    requests.post(
        f"{sandbox.url}/v25.0/{there(sandbox)['id']}",
        json={"components": [component]},
        headers={"Authorization": "Bearer sandbox-token"},
        timeout=5,
    ).raise_for_status()
    sandbox.wait_idle()
    sandbox.advance(days=days)


# Push


def test_empty_account_gets_every_wording(sandbox, run):
    sandbox.clear_templates()

    said = run()
    sandbox.wait_idle()

    assert [one["status"] for one in sandbox.templates()] == ["APPROVED"] * 16
    assert "It is not at Meta. It was submitted" in line(said, "invoice_notification", "es")
    assert said.splitlines()[-1] == "16 submitted, 0 edited, 0 refused."
    assert MessageTemplate.objects.exclude(meta_id="").count() == 16


def test_second_run_finds_nothing_to_do(in_step, run):
    said = run()

    assert line(said, "payment_confirmation").endswith("It is at Meta as it is written here.")
    assert said.splitlines()[-1] == "0 submitted, 0 edited, 0 refused."


def test_wording_that_differs_is_edited_and_the_edit_is_remembered(in_step, run):
    change_at_meta(in_step)

    said = run()
    in_step.wait_idle()

    assert "Its body is “Paid: {{1}}⏎" in line(said, "payment_confirmation")
    assert "It was edited" in line(said, "payment_confirmation")
    assert there(in_step)["components"][0]["text"] == PAYMENT.wording("en_US").body
    [edit] = MessageTemplate.objects.get(name="payment_confirmation", language="en_US").edits
    assert edit[:10] == timezone.now().isoformat()[:10]


def test_second_edit_of_a_day_waits(in_step, run):
    change_at_meta(in_step)
    run()
    in_step.wait_idle()
    in_step.advance(days=2)
    change_at_meta(in_step)

    said = run()

    assert "Meta takes one edit in 24 hours: run this again after" in line(said, "payment_confirmation")
    assert there(in_step)["components"][0]["text"].startswith("Paid")


def test_edit_that_meta_counts_and_we_do_not_is_refused_in_metas_words(in_step, run):
    change_at_meta(in_step, days=0)

    said = run(fails=True)

    assert "Meta refused it: " in line(said, "payment_confirmation")
    assert "can be edited once in 24 hours" in line(said, "payment_confirmation")
    assert MessageTemplate.objects.get(name="payment_confirmation", language="en_US").edits == []


def test_template_that_meta_refuses_is_told_and_the_others_go_on(sandbox, run):
    sandbox.clear_templates()
    ask_for_approval(sandbox, PAYMENT, "es")
    sandbox.wait_idle()
    requests.delete(
        f"{sandbox.url}/v25.0/1513500473389693/message_templates?name=payment_confirmation",
        headers={"Authorization": "Bearer sandbox-token"},
        timeout=5,
    ).raise_for_status()

    said = run(fails=True)

    assert "Meta refused it: " in line(said, "payment_confirmation", "es")
    assert "being deleted" in line(said, "payment_confirmation", "es")
    assert "12 submitted, 0 edited, 4 refused." in said
    assert len(sandbox.templates()) == 12


def test_button_needs_the_public_address_and_the_others_do_not(sandbox, settings, run):
    settings.PUBLIC_BASE_URL = ""
    sandbox.clear_templates()

    said = run()

    assert "set it to the address where people reach the server" in line(said, "business_invitation", "fr")
    assert "PUBLIC_BASE_URL" in line(said, "business_invitation", "fr")
    assert len(sandbox.templates()) == 12


def test_new_public_address_changes_the_button(in_step, settings, run):
    settings.PUBLIC_BASE_URL = "https://new.example"

    said = run()

    assert "https://new.example/i/{{1}}” here. It was edited" in line(said, "business_invitation")
    assert there(in_step, "business_invitation")["components"][-1]["buttons"][0]["url"] == "https://new.example/i/{{1}}"


# Pull


@pytest.mark.parametrize("status", ["PAUSED", "DISABLED", "ARCHIVED", "REJECTED"])
def test_state_that_no_webhook_told_is_learned_and_said(in_step, run, status):
    in_step.set_template("payment_confirmation", "en_US", status=status)

    said = run("--pull")

    assert f"Meta has {status.lower()} it" in line(said, "payment_confirmation")
    assert MessageTemplate.objects.get(name="payment_confirmation", language="en_US").status == status


def test_category_that_meta_changed_is_learned_and_said(in_step, run):
    in_step.set_template("payment_confirmation", "en_US", category="MARKETING", quality_score="YELLOW")

    said = run("--pull")

    row = MessageTemplate.objects.get(name="payment_confirmation", language="en_US")
    assert "Meta has moved it from UTILITY to MARKETING" in line(said, "payment_confirmation")
    assert (row.category, row.previous_category, row.quality) == ("MARKETING", "UTILITY", "YELLOW")


def test_pull_changes_nothing_at_meta(sandbox, run):
    before = sandbox.templates()

    said = run("--pull")

    assert sandbox.templates() == before
    assert "It would be edited." in line(said, "business_invitation", "es")
    assert line(said, "hello_world").endswith("It is at Meta only, and was left alone.")
    assert MessageTemplate.objects.count() == len(before)


def test_template_that_is_gone_is_marked_deleted(in_step, run):
    in_step.clear_templates()

    run("--pull")

    assert set(MessageTemplate.objects.values_list("status", flat=True)) == {"DELETED"}


def test_webhook_newer_than_the_list_stands(sandbox, run):
    later = timezone.now() + timedelta(minutes=1)
    MessageTemplate.objects.create(name="hello_world", language="en_US", status="PAUSED", status_at=later)
    MessageTemplate.objects.create(name="brand_new", language="en_US", status="APPROVED", status_at=later)

    run("--pull")

    row = MessageTemplate.objects.get(name="hello_world")
    assert (row.status, bool(row.components)) == ("PAUSED", True)
    assert MessageTemplate.objects.get(name="brand_new").status == "APPROVED"


def test_long_list_is_read_to_its_end(sandbox, run):
    for number in range(230):
        body = {"type": "BODY", "text": f"This is the notice with the number {number}."}
        requests.post(
            f"{sandbox.url}/v25.0/1513500473389693/message_templates",
            json={"name": f"notice_{number}", "language": "en", "category": "UTILITY", "components": [body]},
            headers={"Authorization": "Bearer sandbox-token"},
            timeout=5,
        )
    sandbox.wait_idle()

    run("--pull")

    assert MessageTemplate.objects.count() == len(sandbox.templates()) > 250


def test_change_that_the_list_tells_is_announced_once(in_step, run):
    heard = []

    def listen(template, **_others):
        heard.append((template.name, template.language, template.status))

    in_step.set_template("payment_confirmation", "es", status="PAUSED")
    signals.template_changed.connect(listen)
    try:
        run("--pull")
        run("--pull")
    finally:
        signals.template_changed.disconnect(listen)

    assert heard == [("payment_confirmation", "es", "PAUSED")]


def test_state_of_what_is_left_out_or_left_alone_is_said(sandbox, settings, run):
    settings.PUBLIC_BASE_URL = ""
    sandbox.set_template("business_invitation", "en_US", status="PAUSED")
    sandbox.set_template("hello_world", "en_US", status="DISABLED")

    said = run("--pull")

    assert "Meta has paused it" in line(said, "business_invitation")
    assert "Meta has disabled it for good" in line(said, "hello_world")


# Dry run


def test_dry_run_says_what_would_be_done_and_changes_nothing(sandbox, run):
    sandbox.clear_templates()

    said = run("--dry-run")

    assert line(said, "payment_confirmation").endswith("It is not at Meta. It would be submitted.")
    assert said.splitlines()[-1] == "Nothing was changed."
    assert sandbox.templates() == []
    assert not MessageTemplate.objects.exists()


# Bad days


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"data": 5}', b"<html>", b'{"data": {"id": "1"}}'],
)
def test_answer_without_a_list_is_no_empty_account(settings, run, body):
    MessageTemplate.objects.create(name="hello_world", language="en_US", status="APPROVED")
    with LocalServer(answer(200, body)) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url

        said = run(fails=True)

    assert "Nothing was changed" in said
    assert len(meta.requests) == 1
    assert MessageTemplate.objects.get().status == "APPROVED"


@pytest.mark.parametrize("status", [302, 500, 502])
def test_meta_that_does_not_answer_stops_the_run(settings, run, status):
    with LocalServer(answer(status, b"")) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url

        assert "Run this again" in run(fails=True)


def test_list_without_an_end_changes_nothing_and_never_follows_metas_address(settings, run):
    MessageTemplate.objects.create(name="hello_world", language="en_US", status="APPROVED")
    page = {"data": [], "paging": {"next": "https://evil.example/?access_token=x", "cursors": {"after": "A"}}}
    with LocalServer(answer(200, json.dumps(page).encode())) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url

        said = run("--pull", fails=True)

    assert "does not end" in said
    assert len(meta.requests) == 50
    assert MessageTemplate.objects.get().status == "APPROVED"


def test_token_is_never_repeated(settings, run):
    refusal = {"error": {"code": 100, "message": "Malformed access token EAAGsecret", "type": "OAuthException"}}
    settings.WHATSAPP_ACCESS_TOKEN = "EAAGsecret"
    with LocalServer(answer(400, json.dumps(refusal).encode())) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url

        said = run(fails=True)

    assert "EAAGsecret" not in said


def test_account_that_is_not_configured_is_told_what_to_set(settings, run):
    settings.WHATSAPP_ACCESS_TOKEN = ""

    assert "Set WHATSAPP_ACCESS_TOKEN" in run(fails=True)


def test_outcomes_are_told_to_callers_too(in_step):
    outcomes = list(whatsapp_service.sync_message_templates(dry_run=True))

    assert {outcome.done for outcome in outcomes} == {"nothing"}
    assert not any(outcome.is_refused for outcome in outcomes)
