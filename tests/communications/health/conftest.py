from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache

from communications.health import checklist
from communications.health.findings import Finding
from communications.health.meta import Look, forget, look
from sandbox import Sandbox

OUR_NUMBER = "13855007716"
BASE_URL = "https://dott.example"


@pytest.fixture
def healthy(sandbox: Sandbox, settings: Any, db: None) -> Sandbox:
    """An account at Meta, and a server, to which there is no objection."""
    settings.PUBLIC_BASE_URL = BASE_URL
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"
    sandbox.configure(display_phone_number=OUR_NUMBER)
    yield sandbox
    sandbox.configure(display_phone_number="15551905954", webhook_url=None, latency_ms=0)


@pytest.fixture
def finding() -> Callable[..., Finding]:
    """Run every check, and give what one of them found."""

    def found(name: str, **options: Any) -> Finding:
        report = checklist.run(**options)
        return next(each for each in report.findings if each.name == name)

    return found


@pytest.fixture
def ask_anew() -> Callable[[], Look]:
    """What Meta says now, whatever was kept."""

    def ask() -> Look:
        forget()
        cache.clear()
        return look()

    return ask
