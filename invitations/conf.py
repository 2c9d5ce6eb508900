"""This app's settings and their defaults; `docs/configuration.md` explains each."""

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    # Empty: plain text goes out whatever the window.
    "WHATSAPP_INVITATION_TEMPLATE": "",
    "INVITATION_RATE": "20/min",
    "INVITATION_DAILY_QUOTA": 200,
    "INVITATION_COOLDOWN_HOURS": 24,
}


def setting(name: str) -> Any:
    """Return the project's value of `name`, or this app's default."""
    return getattr(settings, name, DEFAULTS[name])
