"""What is left of people whose data was erased: their wish not to be written to, under a name that only we can tell."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.models.people import ConsentRecord


class ForgottenOptOut(models.Model):
    """One standing wish of an erased person, found again by a keyed hash of their number or user ID."""

    digest = models.CharField(max_length=64, help_text=_("HMAC-SHA-256 of how the person was named."))
    source = models.CharField(max_length=10, choices=ConsentRecord.Source.choices)
    scope = models.CharField(max_length=10, choices=ConsentRecord.Scope.choices)
    at = models.DateTimeField(help_text=_("When it was said."))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "source"], name="one_wish_per_erased_name_and_source"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} since {self.at:%Y-%m-%d}"
