"""Who did what: append-only, and without a word of the people it was about."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One act of a person who runs this software, or of a command."""

    class Action(models.TextChoices):
        PAUSED = "paused", _("Paused the number")
        RESUMED = "resumed", _("Let the number send again")
        SYNCED = "synced", _("Synced the message templates")
        SUBSCRIBED = "subscribed", _("Subscribed the app to webhooks")
        PROCESSED_AGAIN = "again", _("Let webhooks be processed again")
        EXPORTED = "exported", _("Exported a person's data")
        FORGOTTEN = "forgotten", _("Erased a person's data")
        RESTORED = "restored", _("Settled what a restored backup left open")
        TOKEN_CREATED = "token", _("Made a token")
        TOKEN_REVOKED = "revoked", _("Revoked a token")

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=20, choices=Action.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Stays when the user is gone.
    actor_name = models.CharField(max_length=150, help_text=_("A username, or the command."))
    subject = models.CharField(max_length=100, blank=True, help_text=_("What it was about, by its ID."))
    details = models.JSONField(default=dict, blank=True, help_text=_("Counts and codes."))

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["-at"], name="audit_entry_by_time")]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.get_action_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit entry is written once.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit entry is not deleted.")
