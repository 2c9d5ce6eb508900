"""What is old goes: in small portions, so that no table is locked for long."""

from datetime import timedelta

from django.db.models import Model, QuerySet
from django.utils import timezone

from communications.conf import setting
from communications.idempotency import KEPT_FOR
from communications.models import IdempotencyKey, ParkedStatus, WebhookEvent

PORTION = 5000


def prune() -> int:
    """Delete a portion of the processed webhooks, parked statuses and keys that are past their time."""
    now = timezone.now()
    kept_since = now - timedelta(days=setting("WHATSAPP_WEBHOOK_RETENTION_DAYS"))
    return (
        _delete_portion(WebhookEvent.objects.filter(processed_at__isnull=False, received_at__lt=kept_since))
        + _delete_portion(ParkedStatus.objects.filter(parked_at__lt=kept_since))
        + _delete_portion(IdempotencyKey.objects.filter(started_at__lt=now - KEPT_FOR))
    )


def _delete_portion(old: QuerySet[Model]) -> int:
    keys = list(old.order_by("pk").values_list("pk", flat=True)[:PORTION])
    return old.model._default_manager.filter(pk__in=keys).delete()[0] if keys else 0
