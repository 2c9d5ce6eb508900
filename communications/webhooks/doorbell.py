"""Wakes whoever processes webhooks: LISTEN and NOTIFY on PostgreSQL, a short sleep elsewhere."""

import time

from django.db import connection

# `storage.py` rings it with the statement that keeps a webhook.
CHANNEL = "communications_webhook"
# How often a database without a doorbell is looked at, in seconds.
_LOOK_EVERY = 0.2


def wait_for_a_ring(seconds: float) -> None:
    """Return at the next ring, and after `seconds` in any case."""
    if connection.vendor != "postgresql":
        time.sleep(min(seconds, _LOOK_EVERY))
        return
    with connection.cursor() as cursor:
        # Said each time: a connection that was renewed would not be listening.
        cursor.execute(f"LISTEN {CHANNEL}")
    with connection.wrap_database_errors:
        for _notification in connection.connection.notifies(timeout=seconds, stop_after=1):
            return
