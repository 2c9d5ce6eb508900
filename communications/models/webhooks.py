"""The bytes that Meta posted, kept before anything in them is understood; also the queue of what is to be processed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WebhookEvent(models.Model):
    """One POST from Meta, byte for byte. Due until `processed_at` is set."""

    received_at = models.DateTimeField(auto_now_add=True)
    body = models.BinaryField()
    processed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True, help_text=_("Not before; at once if empty."))
    error = models.TextField(blank=True, help_text=_("Why processing failed, with its traceback."))

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="webhook_event_due", condition=Q(processed_at__isnull=True)),
            models.Index(fields=["received_at"], name="webhook_event_by_time"),
        ]

    def __str__(self) -> str:
        return f"Webhook {self.pk}"
