"""What is counted for Prometheus. Counters live in the process; PROMETHEUS_MULTIPROC_DIR joins those of several."""

from prometheus_client import Counter, Gauge, Histogram

WEBHOOKS_ACCEPTED = Counter("whatsapp_webhooks_accepted", "Webhooks that were stored and answered 200.")
WEBHOOKS_REFUSED = Counter(
    "whatsapp_webhooks_refused",
    "Webhooks that were refused, by reason: unsigned, wrong_signature, too_large.",
    ["reason"],
)
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
MESSAGES_IN_FLIGHT = Gauge(
    "whatsapp_messages_in_flight", "Queued messages that are on their way to Meta.", multiprocess_mode="livesum"
)
RATE_ALLOWED = Gauge(
    "whatsapp_rate_allowed", "Messages a second that the number may send now.", multiprocess_mode="mostrecent"
)
