"""`/metrics`, for whoever watches."""

import re

import pytest

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
