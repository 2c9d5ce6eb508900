"""One real message to a real phone, asked for with `pytest -m live`: does this account send at all?"""

import os

import pytest

from communications.conf import DEFAULTS
from communications.whatsapp_service import whatsapp_service

pytestmark = [pytest.mark.live, pytest.mark.django_db]

VARIABLES = ("WHATSAPP_TEST_ACCESS_TOKEN", "WHATSAPP_TEST_PHONE_NUMBER_ID", "WHATSAPP_TEST_RECIPIENT")


@pytest.fixture
def recipient(settings):
    """Whoever gets the message; the account is the one of the environment."""
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        pytest.skip(f"set {', '.join(missing)}: docs/setup.md")
    token, number, recipient = (os.environ[name] for name in VARIABLES)
    settings.WHATSAPP_ACCESS_TOKEN, settings.WHATSAPP_PHONE_NUMBER_ID = token, number
    # Another Graph API only where the environment names one.
    settings.WHATSAPP_GRAPH_API_URL = os.environ.get("WHATSAPP_GRAPH_API_URL") or DEFAULTS["WHATSAPP_GRAPH_API_URL"]
    return recipient


def test_hello_world_is_accepted(recipient):
    sent = whatsapp_service.send_template_message(recipient, "hello_world")

    assert sent.message_id.startswith("wamid.")
    assert sent.status == "accepted"
