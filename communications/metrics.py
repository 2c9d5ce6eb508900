"""What is counted for Prometheus. Counters live in the process; PROMETHEUS_MULTIPROC_DIR joins those of several.

What the database knows is not counted here: `gauges.py` reads it.
"""

import os
import socket
from pathlib import Path

from prometheus_client import Counter, Histogram, disable_created_metrics, values

# When each of them began is a number more for each, and nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]

if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
    # Each container counts its processes from 1, and several may share the directory.
    _HOST = socket.gethostname().replace("_", "-")
    values.ValueClass = values.MultiProcessValue(  # type: ignore[no-untyped-call]
        lambda: f"{_HOST}-{os.getpid()}"
    )

WEBHOOKS_ACCEPTED = Counter("whatsapp_webhooks_accepted", "Webhooks that were stored and answered 200.")
WEBHOOKS_REFUSED = Counter(
    "whatsapp_webhooks_refused",
    "Webhooks that were refused, by reason: unsigned, wrong_signature, too_large.",
    ["reason"],
)
# Told from the start: what begins with its first count has no earlier value that it could have grown from.
for _reason in ("unsigned", "wrong_signature", "too_large"):
    WEBHOOKS_REFUSED.labels(_reason)
WEBHOOKS_PUT_OFF = Counter("whatsapp_webhooks_put_off", "Webhooks answered 503: Meta sends them again.")
WEBHOOK_BATCH_SIZE = Histogram(
    "whatsapp_webhook_batch_size", "Webhooks stored with one INSERT.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
WEBHOOK_STORE_FAILURES = Counter("whatsapp_webhook_store_failures", "Times that the database did not take webhooks.")

MESSAGES_LEFT_THE_QUEUE = Counter(
    "whatsapp_queued_messages",
    "Messages that were taken from the queue, by what came of it: accepted, unconfirmed, failed, put_back.",
    ["outcome"],
)
for _outcome in ("accepted", "unconfirmed", "failed", "put_back"):
    MESSAGES_LEFT_THE_QUEUE.labels(_outcome)

FAILURES = Counter(
    "whatsapp_message_failures",
    "Messages that failed for good, by Meta's code, or by our own word where Meta was not asked.",
    ["code"],
)
# Up to a day: a queue may wait for tomorrow's limit, a phone may be switched off.
_SECONDS = (0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400)
ACCEPTED_AFTER = Histogram(
    "whatsapp_accepted_after_seconds",
    "From the moment in which a message could go until WhatsApp took it: through the queue, or direct. "
    "A pause of the number or of its list counts.",
    ["way"],
    buckets=_SECONDS,
)
for _way in ("queue", "direct"):
    ACCEPTED_AFTER.labels(_way)
DELIVERED_AFTER = Histogram(
    "whatsapp_delivered_after_seconds",
    "From the moment in which a message was handed to WhatsApp until the phone had it.",
    buckets=_SECONDS,
)
WEBHOOKS_PROCESSED_AFTER = Histogram(
    "whatsapp_webhook_processed_after_seconds",
    "From the moment in which a webhook came until it was processed.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600),
)
