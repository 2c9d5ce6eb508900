"""Templates that somebody changes at Meta: a webhook says so, and the due work learns the new words."""

from datetime import timedelta
from io import StringIO

import pytest
import requests
from django.core.management import call_command
from django.utils import timezone

from communications import template_facts
from communications.errors import InvalidMessage, TemplateUnavailable
from communications.models import Message, MessageTemplate
from communications.whatsapp_service import whatsapp_service

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "+12025550100"
HEADERS = {"Authorization": "Bearer sandbox-token"}


@pytest.fixture
def listed(sandbox):
    """We read Meta's list a minute ago."""
    list(whatsapp_service.sync_message_templates(push=False))
    then = timezone.now() - timedelta(minutes=1)
    MessageTemplate.objects.update(synced_at=then, status_at=then)
    return sandbox


def edit_at_meta(sandbox, name, text, *examples):
    """What somebody does in WhatsApp Manager."""
    [there] = [one for one in sandbox.templates() if (one["name"], one["language"]) == (name, "en_US")]
    body = {"type": "BODY", "text": text, "example": {"body_text": [examples]}}
    requests.post(
        f"{sandbox.url}/v25.0/{there['id']}", json={"components": [body]}, headers=HEADERS, timeout=5
    ).raise_for_status()
    sandbox.wait_idle()


def test_words_that_were_changed_at_meta_are_known_before_the_next_message(listed, hand_over_webhooks):
    edit_at_meta(listed, "payment_confirmation", "Paid: {{1}} for {{2}} by {{3}}, many thanks for it!", "a", "b", "c")
    hand_over_webhooks()

    call_command("run_due_work", stdout=StringIO())

    with pytest.raises(InvalidMessage, match="takes 3 values at Meta, and 2 were given"):
        whatsapp_service.send_template_message(PHONE, "payment_confirmation", ["$1", "R"])
    with pytest.raises(TemplateUnavailable, match="sync_message_templates"):
        whatsapp_service.send_payment_confirmation(PHONE, amount="$1", reference="R")
    assert not Message.objects.exists()
    assert listed.refusals() == []


def test_meta_is_asked_once_for_each_change(listed, hand_over_webhooks):
    assert template_facts.refresh() == 0
    listed.set_template("hello_world", "en_US", status="PAUSED")
    hand_over_webhooks()

    assert [template_facts.refresh(), template_facts.refresh()] == [1, 0]
    assert MessageTemplate.objects.get(name="hello_world").status == "PAUSED"


def test_template_of_which_a_webhook_tells_first_is_learned(listed):
    MessageTemplate.objects.filter(name="hello_world").delete()
    MessageTemplate.objects.create(
        name="hello_world", language="en_US", status="APPROVED", status_at=timezone.now() - timedelta(seconds=30)
    )

    assert template_facts.refresh() == 1
    assert MessageTemplate.objects.get(name="hello_world").components


def test_template_that_is_gone_is_not_asked_about(listed):
    MessageTemplate.objects.filter(name="hello_world").update(status="DELETED", status_at=timezone.now())

    assert template_facts.refresh() == 0


def test_nothing_is_asked_before_the_first_list(sandbox):
    MessageTemplate.objects.create(name="hello_world", language="en_US", status_at=timezone.now())

    assert template_facts.refresh() == 0
    assert MessageTemplate.objects.count() == 1


@pytest.mark.parametrize("why", ["refused", "not configured"])
def test_meta_that_does_not_say_leaves_everything_as_it_was(listed, settings, caplog, why):
    MessageTemplate.objects.filter(name="hello_world").update(status_at=timezone.now())
    if why == "refused":
        listed.set_account(token_valid=False)
    else:
        settings.WHATSAPP_ACCESS_TOKEN = ""

    assert template_facts.refresh() == 0

    assert MessageTemplate.objects.get(name="hello_world").components
    assert "Meta did not say what it has of our templates" in caplog.text
