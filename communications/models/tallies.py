"""What is counted for analytics: rows that say how many, so that nobody has to count messages while a page waits.

Three tables for each thing that is counted. A change is noted by the database itself (`change_log.py`); what a thing
is counted as is kept, so that it can be taken back; and a tally says how many there are of each kind.
"""

from django.db import models
from django.db.models.functions import Now


class Change(models.Model):
    """Something is to be counted anew. Written by a trigger, in the transaction that changed it."""

    changed_id = models.UUIDField()
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.changed_id} changed"


class _Kind(models.Model):
    """Where something is counted. A text is empty where there is none, such as the template of a plain text."""

    day = models.DateField(help_text="The day it was created, in the project's time zone.")
    sender = models.CharField(max_length=40, help_text="The key of the user who asked for it.")
    template = models.CharField(max_length=512)
    country = models.CharField(max_length=2)
    campaign = models.CharField(max_length=36)

    class Meta:
        abstract = True


class Counted(_Kind):
    """What one thing is counted as. Not tied to its row, so that what was deleted can be taken back."""

    id = models.UUIDField(primary_key=True)
    facts = models.TextField(help_text="What is true of it, in words with spaces between: read billable:marketing/US")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.id}: {self.facts}"


class Tally(_Kind):
    """How many there are on one day of one kind. A star stands for all, in dimensions that are not told apart."""

    id = models.UUIDField(primary_key=True, help_text="Derived from what is counted here.")
    told_apart = models.CharField(max_length=40, help_text="The dimensions without a star.")
    total = models.IntegerField(default=0)
    details = models.JSONField(default=dict, help_text="Facts that have no column of their own, and how often.")

    class Meta:
        abstract = True
        verbose_name_plural = "tallies"
        indexes = [
            models.Index(fields=["told_apart", "sender", "day"], name="%(class)s_by_sender"),
            models.Index(fields=["told_apart", "day"], name="%(class)s_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.total} on {self.day}"


class ChangedMessage(Change):
    """A message that is to be counted anew."""


class CountedMessage(Counted):
    """What a message is counted as."""


class MessageTally(Tally):
    """Messages of one day by status."""

    queued = models.IntegerField(default=0)
    sending = models.IntegerField(default=0)
    unconfirmed = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    held = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    delivered = models.IntegerField(default=0)
    read = models.IntegerField(default=0)

    class Meta(Tally.Meta):
        pass
