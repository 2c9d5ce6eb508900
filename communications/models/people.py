"""People, the ways in which Meta and we name them, and what they said about being written to."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

WINDOW = timedelta(hours=24)


class ContactManager(models.Manager["Contact"]):
    def with_phone(self, e164: str) -> "Contact | None":
        """Return the person who has this number, if we know them."""
        identities = ContactIdentity.objects.filter(kind=ContactIdentity.Kind.PHONE, value=e164, ended_at=None)
        return next((identity.contact for identity in identities.select_related("contact")), None)

    def with_phones(self, numbers: Collection[str]) -> "dict[str, Contact]":
        """Return the people who have these numbers, by number, as far as we know them. One query."""
        identities = ContactIdentity.objects.filter(
            kind=ContactIdentity.Kind.PHONE, value__in=numbers, ended_at=None
        ).select_related("contact")
        # One object per person, whatever number it was found by.
        people: dict[int, Contact] = {}
        return {each.value: people.setdefault(each.contact_id, each.contact) for each in identities}


class Contact(models.Model):
    """A person, under our own key: phone numbers and user IDs are identities of theirs and may change."""

    created_at = models.DateTimeField(auto_now_add=True)
    name = models.CharField(max_length=200, blank=True, help_text=_("As the person's WhatsApp profile says."))
    last_wrote_at = models.DateTimeField(
        null=True, blank=True, help_text=_("A message or a call; opens the 24-hour window for free-form messages.")
    )
    opted_out_at = models.DateTimeField(null=True, blank=True, help_text=_("Set: nothing is sent to this person."))
    marketing_opted_out_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Set: no invitation and no other marketing is sent to this person.")
    )

    forgotten_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Set: the person's data was erased; only counts are left.")
    )

    objects = ContactManager()

    def __str__(self) -> str:
        return self.name or f"Contact {self.pk}"

    @property
    def has_opted_out(self) -> bool:
        return self.opted_out_at is not None

    @property
    def has_opted_out_of_marketing(self) -> bool:
        return self.has_opted_out or self.marketing_opted_out_at is not None

    def window_is_open(self, now: datetime | None = None) -> bool:
        """Say whether free-form messages reach this person: they wrote or called in the last 24 hours."""
        return self.last_wrote_at is not None and (now or timezone.now()) - self.last_wrote_at < WINDOW


class ContactIdentity(models.Model):
    """One way in which Meta or a caller names a contact."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone number, E.164")
        WA_ID = "wa_id", _("WhatsApp ID: the digits of the number as WhatsApp writes it")
        USER_ID = "user_id", _("Business-scoped user ID")
        PARENT_USER_ID = "parent_user_id", _("User ID of the parent business")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    value = models.CharField(max_length=150)
    evidence = models.CharField(max_length=40, help_text=_("Where we learned it from."))
    learned_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text=_("The person gave it up; somebody else may have it now.")
    )

    class Meta:
        verbose_name_plural = "contact identities"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"], condition=Q(ended_at__isnull=True), name="one_contact_per_identity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class IdentityConflict(models.Model):
    """Two contacts of ours turned out to share an identity: a person decides, nothing is merged by guess."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conflicts")
    holder = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=14, choices=ContactIdentity.Kind.choices)
    value = models.CharField(max_length=150)
    evidence = models.CharField(max_length=40)
    noticed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "holder", "kind", "value"], name="one_row_per_conflict"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} claimed by contact {self.contact_id}, held by contact {self.holder_id}"


class ConsentRecord(models.Model):
    """Append-only: who said what about writing to a person, when, where, and with which words."""

    class Kind(models.TextChoices):
        STATEMENT = "statement", _("The sender states that the recipient agreed")
        OPT_OUT = "opt_out", _("The person does not want our messages")
        OPT_IN = "opt_in", _("The person wants our messages again")

    class Scope(models.TextChoices):
        EVERYTHING = "everything", _("Every message")
        MARKETING = "marketing", _("Invitations and other marketing")

    class Source(models.TextChoices):
        WORD = "word", _("A word in the chat, such as STOP or START")
        PREFERENCE = "preference", _("The person's setting in WhatsApp")
        REFUSAL = "refusal", _("Meta's answer 131050")
        API = "api", _("The sender, through the API")
        DASHBOARD = "dashboard", _("The sender, on the dashboard")
        OPERATOR = "operator", _("A person who runs this software")
        INVITATION = "invitation", _("The person, on the page of their invitation")
        CONFLICT = "conflict", _("Somebody who was seen under the same number or user ID")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consent_records")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    scope = models.CharField(max_length=10, choices=Scope.choices, default=Scope.EVERYTHING)
    source = models.CharField(max_length=10, choices=Source.choices)
    at = models.DateTimeField(default=timezone.now, help_text=_("When it was said."))
    recorded_at = models.DateTimeField(auto_now_add=True)
    text = models.TextField(blank=True, help_text=_("The words used."))
    evidence = models.CharField(max_length=300, blank=True, help_text=_("What proves it, such as a wamid."))
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["evidence", "kind", "source"], condition=~Q(evidence=""), name="one_record_per_evidence"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of contact {self.contact_id}"
