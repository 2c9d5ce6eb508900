"""This app's settings and their defaults; `docs/configuration.md` explains each."""

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    # Empty: plain text goes out whatever the window.
    "WHATSAPP_INVITATION_TEMPLATE": "",
    "INVITATION_RATE": "20/min",
    "INVITATION_DAILY_QUOTA": 200,
    "INVITATION_COOLDOWN_HOURS": 24,
    "INVITATION_VALID_DAYS": 30,
    # 0: nobody is reminded by itself.
    "INVITATION_REMINDER_HOURS": 0,
    "INVITATION_LIST_RETENTION_DAYS": 90,
    # Empty: whoever accepts is thanked.
    "INVITATION_SIGN_UP_URL": "",
}


def setting(name: str) -> Any:
    """Return the project's value of `name`, or this app's default."""
    return getattr(settings, name, DEFAULTS[name])
