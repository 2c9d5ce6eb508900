"""Messages that belong together, such as the invitations of one list: they are started, paused and stopped as one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from communications.models.identifiers import time_ordered_uuid


class Campaign(models.Model):
    """Its queued messages are sent while it is running, beside those of other campaigns."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused by a person")
        STOPPED = "stopped", _("Stopped because Meta refused to go on")
        CANCELLED = "cancelled", _("Cancelled")
        FINISHED = "finished", _("Finished")

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PAUSED)
    stopped_by_code = models.PositiveIntegerField(null=True, blank=True, help_text=_("Meta's code, if it was one."))
    is_growing = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("More of its messages are still to be put into the queue."),
    )
    halted_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it was paused or stopped last; empty while it runs.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name or f"Campaign {self.pk}"
