"""What is old goes: in small portions, so that no table is locked for long."""

from datetime import timedelta

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from communications.conf import setting
from communications.idempotency import KEPT_FOR
from communications.models import IdempotencyKey, ParkedStatus, WebhookEvent

PORTION = 5000


def prune() -> int:
    """Delete a portion of the processed webhooks, parked statuses and keys that are past their time."""
    now = timezone.now()
    days, texts = setting("WHATSAPP_WEBHOOK_RETENTION_DAYS"), setting("MESSAGE_TEXT_RETENTION_DAYS")
    kept_since = now - timedelta(days=min(days, texts) if texts else days)
    is_done = Q(processed_at__isnull=False)
    if texts:
        # One that failed ever since holds words and numbers like any other.
        is_done |= Q(attempts__gt=0, received_at__lt=now - timedelta(days=texts))
    return (
        _delete_portion(WebhookEvent.objects.filter(is_done, received_at__lt=kept_since))
        + _delete_portion(ParkedStatus.objects.filter(parked_at__lt=kept_since))
        + _delete_portion(IdempotencyKey.objects.filter(started_at__lt=now - KEPT_FOR))
    )


def _delete_portion(old: QuerySet[Model]) -> int:
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:PORTION])
    return old.model._default_manager.filter(pk__in=keys).delete()[0] if keys else 0
