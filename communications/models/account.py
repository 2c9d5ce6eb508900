"""Our own account at Meta: the sending number, its templates, and what Meta told us about them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.Model):
    """A sending number: open, or paused because Meta refused it as a whole; and what Meta thinks of it."""

    phone_number_id = models.CharField(max_length=40, primary_key=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by_code = models.PositiveIntegerField(null=True, blank=True)
    paused_by_event = models.CharField(max_length=60, blank=True, help_text=_("Meta's account event, if it was one."))
    paused_by = models.CharField(
        max_length=150,
        blank=True,
        default="",
        db_default="",
        help_text=_("The person who paused it; only a person lifts that."),
    )
    resumed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it was last resumed; older failures say nothing new.")
    )
    # A keyed hash, so that a renewed token lifts the pause without the old one being kept.
    refused_token_hash = models.CharField(max_length=64, blank=True)

    display_number = models.CharField(max_length=20, blank=True, help_text=_("Digits, as Meta's webhooks name it."))
    quality_rating = models.CharField(max_length=20, blank=True)
    messaging_limit = models.CharField(max_length=30, blank=True, help_text=_("People a day, such as TIER_10K."))
    throughput = models.CharField(max_length=30, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True, help_text=_("Time of Meta's newest word on it."))
    asked_at = models.DateTimeField(null=True, blank=True, help_text=_("When Meta was last asked about it."))
    facts_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When Meta last answered; older events say nothing new.")
    )

    def __str__(self) -> str:
        return f"Number {self.phone_number_id}"


class MessageTemplate(models.Model):
    """A message template as Meta's webhooks last described it, and as Meta last listed it (`synced_at`)."""

    name = models.CharField(max_length=512)
    language = models.CharField(max_length=20, help_text=_("As the API writes it: en_US."))
    status = models.CharField(max_length=30, blank=True)
    reason = models.TextField(blank=True)
    quality = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=30, blank=True)
    coming_category = models.CharField(max_length=30, blank=True, help_text=_("Meta's advance notice of a change."))
    status_at = models.DateTimeField(null=True, blank=True)
    quality_at = models.DateTimeField(null=True, blank=True)
    category_at = models.DateTimeField(null=True, blank=True)

    meta_id = models.CharField(max_length=40, blank=True)
    components = models.JSONField(default=list, blank=True, help_text=_("Its texts and buttons, as Meta has them."))
    parameter_format = models.CharField(max_length=20, blank=True)
    previous_category = models.CharField(max_length=30, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True, help_text=_("When Meta last listed it, or missed it."))
    # Moments of our own edits: Meta takes one in 24 hours and ten in 30 days.
    edits = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "language"], name="one_row_per_template_and_language"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class AccountEvent(models.Model):
    """Append-only: a webhook about our account, number or templates, in Meta's words."""

    at = models.DateTimeField()
    field = models.CharField(max_length=60)
    event = models.CharField(max_length=100, blank=True)
    value = models.JSONField()
    fingerprint = models.CharField(max_length=64, unique=True, help_text=_("Tells a repetition of the same event."))

    class Meta:
        indexes = [models.Index(fields=["-at"], name="account_event_by_time")]

    def __str__(self) -> str:
        return f"{self.field} {self.event}"
