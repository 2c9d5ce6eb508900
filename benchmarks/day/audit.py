"""After the day: is every accepted message at Meta, once; is every webhook processed; is nothing left lying?"""

import time
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.day.phone_book import ENDS
from benchmarks.measuring.meta import Meta
from communications.models import Message, Status, WebhookEvent
from communications.webhooks.processing import UNREADABLE

_PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Audit:
    """All are 0 on a good day but `arrived`.

    `lost`: accepted by its row or by its answer, and never at Meta; or the other way round. `unfinished`: short of the
    status that Meta told. `unprocessed`: webhooks that wait or failed. `missing_webhooks`: answered 200 and not kept.
    """

    arrived: int
    duplicates: int
    lost: int
    left_in_queue: int
    unfinished: int
    unprocessed: int
    missing_webhooks: int
    wrongly_unreadable: int

    def is_clean(self) -> bool:
        return not any(value for name, value in asdict(self).items() if name != "arrived")


def wait_until_all_is_done() -> None:
    """Wait for the queue and for the statuses of what was sent last; what is not done in time is for the audit."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and (_queued().exists() or _due().exists() or _unfinished()):
        time.sleep(1)


def take_stock(meta: Meta, told: dict[str, Any]) -> Audit:
    """Compare our rows, what callers were `told`, and what arrived at the sandbox."""
    arrived = meta.references()
    sent = {str(pk): wamid for pk, wamid in Message.objects.exclude(wamid=None).values_list("pk", "wamid")}
    unknown_to_us = set(told["accepted"]) - set(sent.values())
    never_made = set(told["queued"]) - {str(pk) for pk in Message.objects.values_list("pk", flat=True)}
    unreadable = WebhookEvent.objects.filter(error=UNREADABLE).count()
    return Audit(
        arrived=sum(arrived.values()),
        duplicates=sum(times - 1 for times in arrived.values()),
        lost=len(sent.keys() ^ arrived.keys()) + len(unknown_to_us) + len(never_made),
        left_in_queue=_queued().count(),
        unfinished=_unfinished(),
        unprocessed=_due().count(),
        missing_webhooks=max(0, told["posted"]["kept"] - WebhookEvent.objects.count()),
        wrongly_unreadable=abs(unreadable - told["posted"]["unreadable"]),
    )


def _queued() -> Any:
    return Message.objects.filter(status__in=[Status.QUEUED, Status.SENDING, Status.UNCONFIRMED])


def _due() -> Any:
    return WebhookEvent.objects.filter(processed_at=None)


def _unfinished() -> int:
    return sum(rows.count() for rows in _short_of_their_end())


def unfinished() -> list[str]:
    """What each message says whose row does not say what Meta has told by now."""
    return [
        f"{message.pk} to {message.to_number}: {message.status}, {message.failure_detail or message.kind}"
        for rows in _short_of_their_end()
        for message in rows[:20]
    ]


def _short_of_their_end() -> list[Any]:
    at_meta = Message.objects.exclude(wamid=None)
    special = [at_meta.filter(to_number=number).exclude(status=end) for number, end in ENDS.items()]
    return [*special, at_meta.exclude(to_number__in=ENDS).exclude(status=Status.READ)]
