"""This app's settings and their defaults; `docs/configuration.md` explains each.

Read on use, never at import: a renewed token takes effect with the next message.
"""

from typing import Any

from django.conf import settings
from django.db import connection

DEFAULTS: dict[str, Any] = {
    "WHATSAPP_ACCESS_TOKEN": "",
    "WHATSAPP_PHONE_NUMBER_ID": "676188225586230",
    "WHATSAPP_BUSINESS_ACCOUNT_ID": "1513500473389693",
    "WHATSAPP_APP_ID": "1068741974830721",
    "WHATSAPP_APP_SECRET": "",
    "WHATSAPP_WEBHOOK_VERIFY_TOKEN": "",
    # v18.0 expired on 2026-01-26: Meta silently serves an expired version as the oldest living one.
    "WHATSAPP_API_VERSION": "v25.0",
    "WHATSAPP_GRAPH_API_URL": "https://graph.facebook.com",
    "WHATSAPP_MESSAGES_PER_SECOND": 80,
    # Empty: each process keeps its own pace.
    "REDIS_URL": "",
    # Empty: the request's own host, while developing.
    "PUBLIC_BASE_URL": "",
    # None: the request processes on SQLite, a worker on PostgreSQL.
    "WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST": None,
    "WHATSAPP_WEBHOOK_RETENTION_DAYS": 30,
    # 0: words and numbers are kept until the person is forgotten.
    "MESSAGE_TEXT_RETENTION_DAYS": 0,
    # Empty: analytics show no money.
    "WHATSAPP_RATE_FILE": "",
    # Empty: nobody is rung for, `manage.py run_due_work --follow` looks by itself.
    "CELERY_BROKER_URL": "",
    "MESSAGE_RATE": "300/min",
    "SIGN_IN_FAILURE_RATE": "10/min",
    "BEHIND_TLS_PROXY": False,
    "PROXY_COUNT": 1,
}


def setting(name: str) -> Any:
    """Return the project's value of `name`, or this app's default."""
    return getattr(settings, name, DEFAULTS[name])


def works_in_request() -> bool:
    """Say whether requests process webhooks and count, because there may be no worker that does."""
    chosen: bool | None = setting("WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST")
    return connection.vendor == "sqlite" if chosen is None else chosen
