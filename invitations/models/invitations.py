"""An invitation: one person, one inviter, and the messages that carried it. Its delivery status is the newest's.

One that its inviter sends by hand has no message of ours.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communications.models import Contact, Message, Status, time_ordered_uuid
from invitations.conf import setting
from invitations.models.batches import BatchRow, InvitationBatch

# Django's first and last name, of 150 characters each, may be longer together.
SENDER_NAME_LIMIT = 200


def new_token() -> str:
    """128 bits that nobody guesses, as they stand in an address."""
    return secrets.token_urlsafe(16)


def valid_since() -> datetime:
    """Whatever was last sent before this moment has expired."""
    return timezone.now() - timedelta(days=setting("INVITATION_VALID_DAYS"))


# A message that has not left yet: neither validity nor cool-down have begun.
WAITING = (Status.QUEUED, Status.SENDING)


def is_overdue() -> Q:
    """Invitations that have expired, and whose state does not say so yet; what is still to be sent has not."""
    return Q(state__in=Invitation.LIVE_STATES, last_sent_at__lte=valid_since()) & ~_is_waiting()


def _is_waiting() -> Q:
    # No join: an UPDATE that had to wait for another then looks at the row's state again.
    return Q(Exists(Message.objects.filter(pk=OuterRef("newest_message_id"), status__in=WAITING)))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: Any) -> "InvitationQuerySet":
        """Users see their own, staff see all."""
        if user.is_staff:
            return self
        return self.filter(inviter=user)

    def with_status(self) -> "InvitationQuerySet":
        return self.select_related("newest_message")

    def live(self) -> "InvitationQuerySet":
        """Those that can still be accepted."""
        return self.filter(Q(last_sent_at__gt=valid_since()) | _is_waiting(), state__in=Invitation.LIVE_STATES)

    def overdue(self) -> "InvitationQuerySet":
        """Those that have expired, and whose state does not say so yet."""
        return self.filter(is_overdue())


class Invitation(models.Model):
    class State(models.TextChoices):
        OPEN = "open", _("Open")
        OPENED = "opened", _("Opened")
        JOINED = "joined", _("Joined")
        DECLINED = "declined", _("Declined")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    LIVE_STATES = (State.OPEN, State.OPENED)

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    inviter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="invitations")
    phone_number = models.CharField(max_length=20, help_text=_("E.164, with its plus sign."))
    message = models.TextField(help_text=_("The sender's words."))
    sender_name = models.CharField(max_length=SENDER_NAME_LIMIT, blank=True)
    sender_email = models.EmailField(blank=True)
    recipient_name = models.CharField(max_length=200, blank=True)
    company_name = models.CharField(max_length=200, blank=True)
    link_base = models.CharField(
        max_length=300,
        blank=True,
        db_default="",
        help_text=_("Where the link under a free text leads; empty where the text goes out verbatim."),
    )
    token = models.CharField(
        max_length=32, unique=True, default=new_token, editable=False, help_text=_("The end of the link they get.")
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    last_sent_at = models.DateTimeField(help_text=_("Or made, where it is sent by hand."))
    opened_at = models.DateTimeField(null=True, blank=True, help_text=_("When the person first looked at it."))
    answered_at = models.DateTimeField(null=True, blank=True, help_text=_("When they joined or declined."))
    reminder_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    messages = models.ManyToManyField(Message, through="InvitationMessage", related_name="+")
    newest_message = models.OneToOneField(
        Message,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("None where the inviter sends it by hand."),
    )
    batch = models.ForeignKey(
        InvitationBatch,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="invitations",
        db_index=False,
        help_text=_("The list that it was last sent with."),
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["inviter", "-last_sent_at"], name="invitation_by_inviter"),
            models.Index(fields=["inviter", "contact", "-last_sent_at"], name="invitation_of_person"),
            models.Index(
                fields=["last_sent_at"], name="invitation_that_is_live", condition=Q(state__in=["open", "opened"])
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["inviter", "contact"],
                condition=Q(state__in=["open", "opened"]),
                name="one_live_invitation_per_inviter_and_person",
            ),
            models.UniqueConstraint(
                fields=["batch", "contact"],
                condition=Q(batch__isnull=False),
                name="one_invitation_per_batch_and_person",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"

    @property
    def standing(self) -> "Invitation.State":
        """The state as of now: an invitation expires at its moment, whenever that is written down."""
        has_ended = self.state in self.LIVE_STATES and self.last_sent_at <= valid_since() and not self.is_waiting
        return self.State.EXPIRED if has_ended else self.State(self.state)

    @property
    def is_waiting(self) -> bool:
        """Whether the message that carries it has yet to leave."""
        return self.newest_message is not None and self.newest_message.status in WAITING

    @property
    def is_live(self) -> bool:
        return self.standing in self.LIVE_STATES

    @property
    def fingerprint(self) -> str:
        """How its row in a list looks: another one is drawn anew."""
        status = self.newest_message.status if self.newest_message else ""
        return f"{status}.{self.standing}"


def sender_defaults(user: Any) -> dict[str, str]:
    """Who invites, where the request does not say: the signed-in user, as far as the columns hold it."""
    name, email = user.get_full_name() or user.get_username(), user.email
    return {"sender_name": name[:SENDER_NAME_LIMIT], "sender_email": email}


class InvitationMessage(models.Model):
    """A message that carried an invitation: the first, a resend, a reminder."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="invitation_message")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField(auto_now_add=True)
    batch_row = models.OneToOneField(
        BatchRow,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="sending",
        help_text=_("The row of a list that it was sent for: each leads to one message."),
    )

    class Meta:
        indexes = [
            # Those of lists do not count towards a user's daily quota.
            models.Index(
                fields=["sent_by", "-sent_at"], name="invitation_message_by_sender", condition=Q(batch_row=None)
            ),
        ]

    def __str__(self) -> str:
        return f"Message {self.message_id} of invitation {self.invitation_id}"
