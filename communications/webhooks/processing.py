"""Stored webhooks to changed rows: claim what is due, apply all of it at once, keep the error of what fails.

Several processes may do this side by side: each claims its own rows, and one that dies gives them back. The number of
queries does not grow with the number of updates.
"""

import logging
import traceback
from collections.abc import Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from communications import measures
from communications.conf import setting
from communications.media import uploads
from communications.message_text import readable
from communications.models import WebhookEvent
from communications.statuses import StatusUpdate, apply_statuses
from communications.webhooks import account, inbound, people
from communications.webhooks.events import Account, AccountUpdate, OurNumber, Update, read_updates

logger = logging.getLogger(__name__)

BATCH = 500
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=6)
UNREADABLE = "The body is not JSON that can be read; it is kept as it came."


def process(event: WebhookEvent) -> None:
    """Process one stored webhook now; whatever goes wrong is kept on it."""
    _process(Q(pk=event.pk), limit=1)


def process_due(limit: int = BATCH) -> int:
    """Process up to `limit` webhooks that are due and nobody else is at; return how many there were."""
    return _process(Q(next_attempt_at=None) | Q(next_attempt_at__lte=timezone.now()), limit=limit)


def try_failed_again() -> int:
    """Make every webhook that failed due at once; return how many."""
    failed = WebhookEvent.objects.filter(processed_at=None, next_attempt_at__isnull=False)
    return failed.update(next_attempt_at=None)


def _process(which: Q, *, limit: int) -> int:
    with transaction.atomic():
        events = list(
            WebhookEvent.objects.select_for_update(skip_locked=True)
            .filter(which, processed_at=None)
            .order_by("pk")[:limit]
        )
        if events:
            _apply_or_isolate(events)
    return len(events)


def _apply_or_isolate(events: Sequence[WebhookEvent], *, is_first_try: bool = True) -> None:
    """Apply all at once; if one of them cannot be applied, each by itself, so that it takes no other down."""
    try:
        with transaction.atomic():
            _apply(events)
    except Exception as exc:  # noqa: BLE001 (whatever it is, it is kept on the row)
        if is_first_try and isinstance(exc, IntegrityError):
            # Another process learned of the same person at the same moment: its rows are there by now.
            _apply_or_isolate(events, is_first_try=False)
            return
        if len(events) == 1:
            _keep_error(events[0], exc)
            return
        logger.warning(
            "A batch of %s webhooks failed (%s); each is processed by itself", len(events), type(exc).__name__
        )
        for event in events:
            _apply_or_isolate([event])


def _apply(events: Sequence[WebhookEvent]) -> None:
    ours = Account(setting("WHATSAPP_PHONE_NUMBER_ID"), setting("WHATSAPP_BUSINESS_ACCOUNT_ID"))
    updates: list[Update] = []
    unreadable: list[int] = []
    for event in events:
        try:
            updates += read_updates(bytes(event.body), account=ours)
        except ValueError:
            unreadable.append(event.pk)
    apply_updates(updates)
    now = timezone.now()
    done = [event.pk for event in events if event.pk not in set(unreadable)]
    WebhookEvent.objects.filter(pk__in=done).update(processed_at=now, error="")
    measures.webhooks_processed([(event.received_at, now) for event in events])
    if unreadable:
        WebhookEvent.objects.filter(pk__in=unreadable).update(processed_at=now, error=UNREADABLE)


def apply_updates(updates: Sequence[Update]) -> None:
    """Change the rows that these updates are about; runs in a transaction."""
    applied = apply_statuses([update for update in updates if isinstance(update, StatusUpdate)])
    people.learn_from_statuses(applied)
    uploads.forget_failed(applied)
    inbound.apply_heard([update for update in updates if isinstance(update, people.Heard)])
    account.keep_display_number({update.digits for update in updates if isinstance(update, OurNumber)})
    account.apply_account([update for update in updates if isinstance(update, AccountUpdate)])


def _keep_error(event: WebhookEvent, exc: Exception) -> None:
    # The error's own words may hold a number; they stand on the row, for who may read it.
    logger.error("Webhook %s could not be processed: %s", event.pk, type(exc).__name__)
    pause = min(_FIRST_PAUSE * 2 ** min(event.attempts, 16), _LONGEST_PAUSE)
    WebhookEvent.objects.filter(pk=event.pk).update(
        attempts=event.attempts + 1,
        next_attempt_at=timezone.now() + pause,
        error=readable("".join(traceback.format_exception(exc))),
    )
