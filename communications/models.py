"""What is kept: people and their identities, messages and their statuses, webhooks, consent, the channel.

A message's row is written before the message leaves and finished after. Its status only ever moves forward, by
conditional UPDATE, so that doubled updates in any order end in the same state.
"""

from uuid import UUID

import uuid_utils.compat
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def time_ordered_uuid() -> UUID:
    """A UUIDv7: unguessable in 74 bits, and new rows stay together in the index."""
    return uuid_utils.compat.uuid7()


class ContactManager(models.Manager["Contact"]):
    def with_phone(self, e164: str) -> "Contact | None":
        """Return the person who has this number, if we know them."""
        return self.filter(identities__kind=ContactIdentity.Kind.PHONE, identities__value=e164).first()


class Contact(models.Model):
    """A person, under our own key: phone numbers and user IDs are identities of theirs and may change."""

    created_at = models.DateTimeField(auto_now_add=True)
    name = models.CharField(max_length=200, blank=True, help_text=_("As the person's WhatsApp profile says."))
    last_wrote_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Opens the 24-hour window for free-form messages.")
    )
    opted_out_at = models.DateTimeField(null=True, blank=True, help_text=_("Set: nothing is sent to this person."))

    objects = ContactManager()

    def __str__(self) -> str:
        return self.name or f"Contact {self.pk}"

    @property
    def has_opted_out(self) -> bool:
        return self.opted_out_at is not None


class ContactIdentity(models.Model):
    """One way in which Meta or a caller names a contact."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone number, E.164")
        WA_ID = "wa_id", _("WhatsApp ID: the digits of the number as WhatsApp writes it")
        USER_ID = "user_id", _("Business-scoped user ID")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=150)
    evidence = models.CharField(max_length=40, help_text=_("Where we learned it from."))
    learned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "contact identities"
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="one_contact_per_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Status(models.TextChoices):
    """The life of an outgoing message."""

    QUEUED = "queued", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    UNCONFIRMED = "unconfirmed", _("Not confirmed: it may have been sent")
    ACCEPTED = "accepted", _("Accepted by WhatsApp")
    HELD = "held", _("Held by WhatsApp for a quality check")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")

    @property
    def rank(self) -> int:
        return RANK[self]

    def may_follow(self) -> list["Status"]:
        """The statuses that this one replaces; every other one it leaves alone."""
        return [status for status in Status if status.rank < self.rank]


# A message only ever moves up: `failed` never overwrites delivered or read, and they overwrite it.
RANK: dict[Status, int] = {status: rank for rank, status in enumerate(Status)}


class Message(models.Model):
    """A message to one person. Its ID travels to Meta and back in `biz_opaque_callback_data`."""

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="messages")
    phone_number_id = models.CharField(max_length=40, help_text=_("The sending number at Meta."))
    to_number = models.CharField(max_length=20, help_text=_("E.164, with its plus sign."))
    kind = models.CharField(max_length=20)
    text = models.TextField(blank=True, help_text=_("What the person reads, as far as it is text."))
    content = models.JSONField(help_text=_("The part of the request that depends on the kind."))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    wamid = models.CharField(max_length=255, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    failure_code = models.CharField(max_length=40, blank=True, help_text=_("Our stable word for the failure."))
    failure_detail = models.TextField(blank=True)
    meta_code = models.PositiveIntegerField(null=True, blank=True)
    meta_details = models.TextField(blank=True)
    fbtrace_id = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["contact", "-created_at"], name="message_by_contact"),
            models.Index(
                fields=["created_at"],
                name="message_in_flight",
                condition=Q(status__in=["queued", "sending", "unconfirmed"]),
            ),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"

    @property
    def timeline(self) -> list["MessageStatus"]:
        """The steps that WhatsApp confirmed, in order.

        Sorted by rank, not by time: Meta's clock counts whole seconds and is not ours.
        """
        return sorted(self.statuses.all(), key=lambda step: Status(step.status).rank)


class MessageStatus(models.Model):
    """One step in a message's timeline: the first time that each status was reached."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="statuses")
    status = models.CharField(max_length=12, choices=Status.choices)
    at = models.DateTimeField(help_text=_("When it happened, by the clock of whoever reported it."))
    recorded_at = models.DateTimeField(auto_now_add=True)
    meta_code = models.PositiveIntegerField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True, help_text=_("Pricing and errors, as Meta reported them."))

    class Meta:
        verbose_name_plural = "message statuses"
        constraints = [
            models.UniqueConstraint(fields=["message", "status"], name="one_row_per_message_and_status"),
        ]

    def __str__(self) -> str:
        return f"{self.status} at {self.at:%Y-%m-%d %H:%M:%S}"


class WebhookEvent(models.Model):
    """One POST from Meta, kept byte for byte before anything in it is understood."""

    received_at = models.DateTimeField(auto_now_add=True)
    body = models.BinaryField()
    processed_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, help_text=_("Why processing failed, with its traceback."))

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="webhook_event_due", condition=Q(processed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"Webhook {self.pk}"


class ConsentRecord(models.Model):
    """Append-only: who said what about writing to a person, when, where, and with which words."""

    class Kind(models.TextChoices):
        STATEMENT = "statement", _("The sender states that the recipient agreed")
        OPT_OUT = "opt_out", _("The person does not want our messages")
        OPT_IN = "opt_in", _("The person wants our messages again")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consent_records")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(max_length=40, help_text=_("The door it came through."))
    text = models.TextField(blank=True, help_text=_("The words used."))
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.kind} of {self.contact_id}"


class Channel(models.Model):
    """A sending number, and whether Meta has refused it as a whole."""

    phone_number_id = models.CharField(max_length=40, primary_key=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by_code = models.PositiveIntegerField(null=True, blank=True)
    # A keyed hash, so that a renewed token lifts the pause without the old one being kept.
    refused_token_hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"Number {self.phone_number_id}"


class IdempotencyKey(models.Model):
    """A caller's key for one request, and the answer that every repetition of it gets."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text=_("SHA-256 of the request."))
    started_at = models.DateTimeField()
    message = models.ForeignKey(
        Message,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Set once a message could leave."),
    )
    answer_status = models.PositiveSmallIntegerField(null=True, help_text=_("None while the request is running."))
    answer = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_request_per_user_and_key")]

    def __str__(self) -> str:
        return f"Idempotency key {self.pk}"
