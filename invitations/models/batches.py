"""A whole list of people to invite: what was given, what was found about each row, and how far it has come."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communications.models import Campaign, time_ordered_uuid

# Somebody may be called longer, but not in a message.
NAME_LIMIT = 200


class InvitationBatchQuerySet(models.QuerySet["InvitationBatch"]):
    def visible_to(self, user: Any) -> "InvitationBatchQuerySet":
        """Users see their own, staff see all."""
        if user.is_staff:
            return self
        return self.filter(inviter=user)

    def being_sent(self) -> "InvitationBatchQuerySet":
        """Those that are on their way, or would be if nobody had paused them."""
        return self.filter(campaign__state__in=[Campaign.State.RUNNING, Campaign.State.PAUSED])


class InvitationBatch(models.Model):
    """A list on its way. Once it is started, its campaign says whether it runs."""

    class Stage(models.TextChoices):
        JUDGING = "judging", _("Being checked")
        READY = "ready", _("Ready to be sent")
        CANCELLED = "cancelled", _("Cancelled")
        STARTED = "started", _("Started")

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    inviter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitation_batches")
    name = models.CharField(max_length=NAME_LIMIT)
    message = models.TextField(blank=True, help_text=_("The words of every row that brings none of its own."))
    sender_name = models.CharField(max_length=NAME_LIMIT, blank=True)
    sender_email = models.EmailField(blank=True)
    link_base = models.CharField(
        max_length=300,
        blank=True,
        help_text=_("Where the link under a free text leads; empty where the text goes out verbatim."),
    )
    consent_words = models.TextField(
        blank=True, help_text=_("The inviter's statement that all of them agreed to be contacted; empty without one.")
    )
    source = models.CharField(max_length=10, help_text=_("The door it came through: api or dashboard."))
    country = models.CharField(max_length=2, blank=True, help_text=_("Of numbers without their +, ISO 3166."))
    warnings = models.JSONField(default=list, blank=True, help_text=_("What was noticed while it was read."))

    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.JUDGING)
    campaign = models.OneToOneField(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="batch")
    row_count = models.PositiveIntegerField(default=0)
    judged_count = models.PositiveIntegerField(default=0)
    verdicts = models.JSONField(default=dict, blank=True, help_text=_("How many rows have which verdict."))
    countries = models.JSONField(default=dict, blank=True, help_text=_("How many people live where, ISO 3166."))
    queued_to = models.PositiveIntegerField(
        default=0, help_text=_("The last row whose message was put into the queue.")
    )

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationBatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "invitation batches"
        permissions = [("invite_in_bulk", "Can invite a whole list of people")]
        indexes = [
            models.Index(fields=["inviter", "-id"], name="batch_by_inviter"),
            models.Index(fields=["id"], name="batch_to_judge", condition=Q(stage="judging")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """judging, ready, running, paused, stopped, cancelled or finished."""
        return self.campaign.state if self.campaign else self.stage

    @property
    def has_consent(self) -> bool:
        return bool(self.consent_words)

    @property
    def started_campaign(self) -> Campaign:
        """The campaign of a list that was started; before that there is none."""
        if self.campaign is None:
            raise LookupError("the list was not started")
        return self.campaign

    @property
    def people(self) -> int:
        """How many are to be invited: every row that nothing speaks against."""
        waiting = (BatchRow.Verdict.VALID, BatchRow.Verdict.WAITING)
        return sum(int(self.verdicts.get(verdict, 0)) for verdict in waiting)


class BatchPiece(models.Model):
    """A thousand rows as they were given; gone once they are judged."""

    batch = models.ForeignKey(InvitationBatch, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()
    rows = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="one_piece_per_batch_and_number")]

    def __str__(self) -> str:
        return f"Piece {self.number} of batch {self.batch_id}"


class BatchRow(models.Model):
    """A row and what was found about it. `reason` is a sentence where the person is not invited, or not yet."""

    class Verdict(models.TextChoices):
        VALID = "valid", _("Can be invited")
        WAITING = "waiting_for_template", _("Waits for a message template")
        INVALID_NUMBER = "invalid_phone_number", _("Not a number to write to")
        INVALID_ROW = "invalid_request", _("Cannot be sent as it is")
        DUPLICATE = "duplicate", _("In this list already")
        OPTED_OUT = "recipient_opted_out", _("Wants no messages")
        RECENTLY_INVITED = "recently_invited", _("Invited a short while ago")
        ON_ANOTHER_LIST = "on_another_list", _("On another list that is being sent")

    batch = models.ForeignKey(InvitationBatch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(help_text=_("As a spreadsheet counts, its header included."))
    given = models.CharField(max_length=60, blank=True, help_text=_("The number as it was given."))
    phone_number = models.CharField(max_length=20, blank=True, help_text=_("E.164, with its plus sign."))
    country = models.CharField(max_length=2, blank=True)
    recipient_name = models.CharField(max_length=NAME_LIMIT, blank=True)
    company_name = models.CharField(max_length=NAME_LIMIT, blank=True)
    words = models.TextField(blank=True, help_text=_("This person's own message, if it is not the common one."))
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="one_row_per_batch_and_number"),
            models.UniqueConstraint(
                fields=["batch", "phone_number"], condition=Q(verdict="valid"), name="one_valid_row_per_batch_and_phone"
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "number"], name="batch_row_wrong", condition=~Q(verdict="valid")),
        ]

    def __str__(self) -> str:
        return f"Row {self.number} of batch {self.batch_id}"
