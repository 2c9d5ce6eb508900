"""How many invitations there are of each kind, and how far they got."""

from django.db import models

from communications.models import Change, Counted, Tally


class ChangedInvitation(Change):
    """An invitation that is to be counted anew."""


class CountedInvitation(Counted):
    """What an invitation is counted as."""


class InvitationTally(Tally):
    """Invitations of one day by how far they got: each stands in the column of its last stage.

    One that was declined stands in that column too.
    """

    waiting = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)
    delivered = models.IntegerField(default=0)
    read = models.IntegerField(default=0)
    opened = models.IntegerField(default=0)
    joined = models.IntegerField(default=0)
    declined = models.IntegerField(default=0)

    class Meta(Tally.Meta):
        pass
