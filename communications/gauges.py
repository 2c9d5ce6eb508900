"""What `/metrics` reads from the database when it is asked: the same from whichever process answers.

Ages are seconds, and 0 where nothing waits. What nobody knows, such as a limit that Meta never named, is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from communications import backlog, channel, daily_limit, rate_limits
from communications.conf import setting
from communications.models import Channel, Status

PAUSES = ("person", "account_event", "refused")
RATINGS = ("GREEN", "YELLOW", "RED")


def gauge(name: str, says: str, value: float | None) -> Metric:
    """One number; none where it is not known."""
    family = GaugeMetricFamily(name, says)
    if value is not None:
        family.add_metric([], value)
    return family


def gauges(name: str, says: str, label: str, values: Mapping[str, float]) -> Metric:
    """One number for each value of a label."""
    family = GaugeMetricFamily(name, says, labels=[label])
    for which, value in values.items():
        family.add_metric([which], value)
    return family


def age(since: datetime | None) -> float:
    return max(0.0, (timezone.now() - since).total_seconds()) if since else 0.0


def _moment(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _queue() -> Iterator[Metric]:
    queue = backlog.queue()
    yield gauges(
        "whatsapp_queue_messages",
        "Messages in the queue: due, planned for later, held_back because their campaign does not run.",
        "state",
        {"due": queue.due.count, "later": queue.later, "held_back": queue.held_back},
    )
    yield gauge(
        "whatsapp_queue_oldest_seconds", "How long the oldest message that could go has waited.", age(queue.due.since)
    )


def _under_way() -> Iterator[Metric]:
    unsettled = backlog.on_their_way()
    yield gauge(
        "whatsapp_messages_in_flight", "Messages that are being sent at this moment.", unsettled[Status.SENDING]
    )
    yield gauge(
        "whatsapp_messages_unconfirmed",
        "Messages of which nobody knows whether they left.",
        unsettled[Status.UNCONFIRMED],
    )
    yield gauge(
        "whatsapp_answered_timestamp_seconds",
        "When WhatsApp last took or refused a message.",
        _moment(backlog.moved_at()),
    )


def _webhooks() -> Iterator[Metric]:
    webhooks = backlog.webhooks()
    yield gauges(
        "whatsapp_webhooks_waiting",
        f"Webhooks that are stored and not processed: new, or failed. Counted up to {backlog.LOOKED_AT}.",
        "state",
        {"new": webhooks.new.count, "failed": webhooks.failed},
    )
    yield gauge(
        "whatsapp_webhook_oldest_seconds",
        "How long the oldest webhook that was not tried yet has waited.",
        age(webhooks.new.since),
    )
    yield gauge(
        "whatsapp_webhook_received_timestamp_seconds",
        "When the newest webhook came.",
        _moment(backlog.webhook_received_at()),
    )


def _number() -> Iterator[Metric]:
    number = setting("WHATSAPP_PHONE_NUMBER_ID")
    why = channel.why_paused(number, setting("WHATSAPP_ACCESS_TOKEN"))
    yield gauges(
        "whatsapp_channel_paused",
        "1 while nothing is sent: a person paused the number, an event of the account did, or Meta refused it.",
        "reason",
        {each: float(each == why) for each in PAUSES},
    )
    rating = Channel.objects.filter(pk=number).values_list("quality_rating", flat=True).first()
    yield gauges(
        "whatsapp_channel_quality",
        "1 for what Meta thinks of the number.",
        "rating",
        {each: float(each == rating) for each in RATINGS},
    )


def _limits() -> Iterator[Metric]:
    number = setting("WHATSAPP_PHONE_NUMBER_ID")
    yield gauge("whatsapp_rate_allowed", "Messages a second that the number may send now.", rate_limits.allowed(number))
    yield gauge(
        "whatsapp_redis_up", "1 if Redis, which shares the pace, answered just now.", rate_limits.redis_answers()
    )
    yield gauge("whatsapp_rate_ceiling", "Messages a second that it may send at best.", rate_limits.ceiling(number))
    yield gauge(
        "whatsapp_daily_limit_people",
        "People whom Meta lets us write to first in 24 hours.",
        daily_limit.people_a_day(),
    )
    yield gauge("whatsapp_daily_limit_left_people", "How many of them are left now.", daily_limit.left_lately())


# Each may raise DatabaseError or InterfaceError, and is then left out by itself.
QUESTIONS: dict[str, Callable[[], Iterator[Metric]]] = {
    "queue": _queue,
    "under way": _under_way,
    "webhooks": _webhooks,
    "number": _number,
    "limits": _limits,
}
