"""Files: those that Meta keeps for us under an ID, and those that people sent us."""

from typing import Any
from uuid import uuid4

from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communications.models.messages import InboundMessage


def random_name(media: "InboundMedia", filename: str) -> str:
    """A name that says nothing and that nobody can guess; the sender's own never touches the file system."""
    return f"whatsapp/{timezone.now():%Y/%m}/{uuid4().hex}"


class UploadedMedia(models.Model):
    """A file that Meta has: sent again by its ID for as long as the ID lives."""

    phone_number_id = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    mime_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    media_id = models.CharField(max_length=100, db_index=True)
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text=_("A day before Meta forgets it."))

    class Meta:
        verbose_name_plural = "uploaded media"
        constraints = [
            models.UniqueConstraint(fields=["phone_number_id", "sha256"], name="one_upload_per_number_and_content"),
        ]

    def __str__(self) -> str:
        return f"{self.mime_type} {self.media_id}"


class InboundMedia(models.Model):
    """A file that came with a message; also the queue of what is still to be fetched."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting to be fetched")
        KEPT = "kept", _("Kept")
        QUARANTINED = "quarantined", _("In quarantine: it is not what it says")
        FAILED = "failed", _("Could not be kept")
        EXPIRED = "expired", _("Gone at WhatsApp before it could be fetched")

    message = models.OneToOneField(InboundMessage, on_delete=models.CASCADE, related_name="media")
    kind = models.CharField(max_length=30)
    media_id = models.CharField(max_length=100)
    mime_type = models.CharField(max_length=255, blank=True, help_text=_("What the sender says it is."))
    sha256 = models.CharField(max_length=64, blank=True, help_text=_("What Meta says, in hexadecimal."))
    received_at = models.DateTimeField(help_text=_("Meta keeps the file for seven days from then."))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True)

    file = models.FileField(upload_to=random_name, max_length=200, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    found_type = models.CharField(max_length=255, blank=True, help_text=_("What its content says it is."))
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "inbound media"
        indexes = [
            models.Index(fields=["next_attempt_at"], name="inbound_media_due", condition=Q(status="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.media_id}"


@receiver(post_delete, sender=InboundMedia)
def delete_file(instance: InboundMedia, **named: Any) -> None:
    """A file goes with its row, once that is certain: what a person sent is not left behind."""
    name = instance.file.name
    if name:
        transaction.on_commit(lambda: instance.file.storage.delete(name), robust=True)
