"""`/metrics`, for whoever watches."""

import re

import pytest

from communications.models import Message, Status
from communications.sending import send_due
from tests.conftest import WEBHOOK_PATH, signature_of

pytestmark = pytest.mark.django_db


def counted(client, line):
    found = re.search(rf"^{re.escape(line)} (\S+)$", client.get("/metrics").content.decode(), re.MULTILINE)
    return float(found.group(1)) if found else 0


def test_webhooks_are_counted_by_what_became_of_them(client, sandbox):
    accepted, unsigned, wrong = (
        "whatsapp_webhooks_accepted_total",
        'whatsapp_webhooks_refused_total{reason="unsigned"}',
        'whatsapp_webhooks_refused_total{reason="wrong_signature"}',
    )
    before = [counted(client, line) for line in (accepted, unsigned, wrong)]

    for headers in (signature_of(b"{}"), {}, signature_of(b"{}", "another secret")):
        client.post(WEBHOOK_PATH, b"{}", content_type="application/json", headers=headers)

    after = [counted(client, line) for line in (accepted, unsigned, wrong)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]


def test_queued_messages_are_counted_by_what_came_of_them(client, sandbox, invite, settings):
    invite()
    [sent] = Message.objects.all()
    lines = [f'whatsapp_queued_messages_total{{outcome="{outcome}"}}' for outcome in ("accepted", "failed", "put_back")]
    before = [counted(client, line) for line in lines]
    for number in ("+12025550101", "+12025550130", "+12025550156"):
        Message.objects.create(
            contact=sent.contact, to_number=number, kind="text", content=sent.content, status=Status.QUEUED
        )

    send_due()

    after = [counted(client, line) for line in lines]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]
    assert counted(client, "whatsapp_messages_in_flight") == 0
    assert counted(client, "whatsapp_rate_allowed") == 80
