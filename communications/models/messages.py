"""Outgoing messages and their statuses, incoming ones, and the callers' keys that make a request happen once.

A message's row is written before the message leaves and finished after. Its status only ever moves forward, so that
doubled updates in any order end in the same state.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communications.models.campaigns import Campaign
from communications.models.identifiers import time_ordered_uuid
from communications.models.people import Contact


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
        return _MAY_FOLLOW[self]


# A message only ever moves up: `failed` never overwrites delivered or read, and they overwrite it.
RANK: dict[Status, int] = {status: rank for rank, status in enumerate(Status)}
_MAY_FOLLOW = {status: list(Status)[:rank] for status, rank in RANK.items()}


class Message(models.Model):
    """A message to one person. Its ID travels to Meta and back in `biz_opaque_callback_data`."""

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    # Indexed together with the time, below: each status writes every index of the row once more.
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="messages", db_index=False)
    phone_number_id = models.CharField(max_length=40, help_text=_("The sending number at Meta."))
    to_number = models.CharField(max_length=20, blank=True, help_text=_("E.164, with its plus sign."))
    to_user_id = models.CharField(max_length=150, blank=True, help_text=_("Where the person hides their number."))
    kind = models.CharField(max_length=20)
    text = models.TextField(blank=True, help_text=_("What the person reads, as far as it is text."))
    content = models.JSONField(help_text=_("The part of the request that depends on the kind."))
    reply_to = models.CharField(max_length=255, blank=True, help_text=_("The wamid of the message that this answers."))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    wamid = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001  unknown at first, then unique
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text=_("Not sent before this."))
    expires_at = models.DateTimeField(null=True, blank=True, help_text=_("Not sent any more after this."))
    attempts = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=_("How often it was tried and did not leave.")
    )
    is_marketing = models.BooleanField(
        default=False, db_default=False, help_text=_("Not for people who do not want our marketing.")
    )
    confirms_opt_out = models.BooleanField(
        default=False, db_default=False, help_text=_("The one message that goes to somebody who has opted out.")
    )
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text=_("Who asked for it through the API for messages."),
    )
    is_forgotten = models.BooleanField(
        default=False, db_default=False, help_text=_("Whom it was for, and what it said, was erased.")
    )
    was_queued = models.BooleanField(default=False, help_text=_("Nobody waits for the answer: it may wait again."))
    sending_since = models.DateTimeField(
        null=True, blank=True, help_text=_("When it was last taken up to be sent, by the clock of the database.")
    )
    opens_conversation = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("Sent outside the person's 24-hour window: Meta counts these people by the day."),
    )
    looked_up_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When Meta was last asked what became of it.")
    )

    failure_code = models.CharField(max_length=40, blank=True, help_text=_("Our stable word for the failure."))
    failure_detail = models.TextField(blank=True)
    meta_code = models.PositiveIntegerField(null=True, blank=True)
    meta_details = models.TextField(blank=True)
    fbtrace_id = models.CharField(max_length=100, blank=True)

    class Meta:
        permissions = [("send_messages", "Can send messages through the API")]
        # Not `unique=True`, for which Django adds a second index that serves LIKE.
        constraints = [models.UniqueConstraint(fields=["wamid"], name="one_message_per_wamid")]
        indexes = [
            models.Index(fields=["contact", "-created_at"], name="message_by_contact"),
            models.Index(
                fields=["created_at"], name="message_in_flight", condition=Q(status__in=["sending", "unconfirmed"])
            ),
            models.Index(
                fields=["created_at"], name="message_not_heard_of", condition=Q(status__in=["accepted", "held"])
            ),
            models.Index(
                fields=["campaign", "status"], name="message_by_campaign", condition=Q(campaign__isnull=False)
            ),
            # The queue, in the order in which it is worked off: the singles, and each campaign for itself.
            models.Index(
                fields=["campaign", "due_at", "created_at"], name="message_queue", condition=Q(status="queued")
            ),
            models.Index(
                fields=["sending_since", "contact"],
                name="message_opening",
                condition=Q(opens_conversation=True),
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

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="statuses", db_index=False)
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


class ParkedStatus(models.Model):
    """A status whose message we do not know yet: it is joined when the message appears."""

    message_ref = models.UUIDField(null=True, blank=True, db_index=True, help_text=_("Our own ID, as Meta echoed it."))
    wamid = models.CharField(max_length=255, blank=True, db_index=True)
    status = models.CharField(max_length=12, choices=Status.choices)
    at = models.DateTimeField()
    meta_code = models.PositiveIntegerField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(max_length=64, unique=True, help_text=_("Tells a repetition of the same status."))
    parked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "parked statuses"

    def __str__(self) -> str:
        return f"{self.status} of {self.wamid}"


class InboundMessage(models.Model):
    """A message that somebody wrote to us, of any type, in Meta's words."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="inbound_messages", db_index=False)
    phone_number_id = models.CharField(max_length=40)
    wamid = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=30)
    text = models.TextField(blank=True, help_text=_("What can be read of it: text, caption, button, title."))
    content = models.JSONField(help_text=_("The message as Meta sent it."))
    at = models.DateTimeField()
    context_wamid = models.CharField(
        max_length=255, blank=True, help_text=_("The message it answers, in Meta's words.")
    )
    in_reply_to = models.ForeignKey(Message, null=True, blank=True, on_delete=models.SET_NULL, related_name="replies")

    class Meta:
        indexes = [
            models.Index(fields=["contact", "-at"], name="inbound_by_contact"),
            models.Index(
                fields=["context_wamid"],
                name="inbound_not_joined",
                condition=Q(in_reply_to=None) & ~Q(context_wamid=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.wamid}"


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
