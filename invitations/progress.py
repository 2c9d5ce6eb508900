"""How far an invitation's message has come, in words for a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communications.api.failures import failure_of
from communications.api.timelines import Step, steps_of
from communications.models import RANK, Message, Status
from invitations.failure_cards import Card, card_of
from invitations.models import Invitation


@dataclass(frozen=True)
class Progress:
    """How far a message has come, for a person to read. `card` tells of the failure, where there is one."""

    status: Status
    since: datetime
    explanation: str
    steps: list[Step]
    card: Card | None
    poll_seconds: int | None

    @property
    def fingerprint(self) -> str:
        return f"{self.status}.{len(self.steps)}.{self.poll_seconds}"


_WAY = (Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ)

_EXPLANATIONS = {
    Status.QUEUED: _("It goes out as soon as it is its turn."),
    Status.SENDING: _("It is being handed to WhatsApp."),
    Status.ACCEPTED: _("WhatsApp has taken the message and is passing it on."),
    Status.HELD: _("WhatsApp looks at it before passing it on. There is nothing for you to do."),
    Status.SENT: _("It is on its way. It arrives when their phone is online."),
    Status.DELIVERED: _("It is on their phone."),
    Status.READ: _("They have opened your message."),
}


def progress_of(invitation: Invitation, reader: Any) -> Progress | None:
    """Read the newest message's status and timeline, for `reader`; None where the inviter sends it by hand.

    Costs no query where they are prefetched.
    """
    message = invitation.newest_message
    if message is None:
        return None
    status = Status(message.status)
    reached = steps_of(message)
    failure = failure_of(message)
    since = next((step.at for step in reached if step.status is status and step.at), message.created_at)
    return Progress(
        status=status,
        since=since,
        explanation=str(_EXPLANATIONS.get(status, "")),
        steps=reached + _steps_ahead(status),
        card=card_of(failure, reader, failed_at=since) if failure else None,
        poll_seconds=_poll_seconds(message, since),
    )


def _steps_ahead(status: Status) -> list[Step]:
    if status in {Status.FAILED, Status.UNCONFIRMED}:
        return []
    return [Step(step, None) for step in _WAY if RANK[step] > RANK[status]]


def _poll_seconds(message: Message, since: datetime) -> int | None:
    """Ask often while things happen, seldom later, and not at all once nothing more is to come."""
    age = timezone.now() - since
    if message.status in {Status.READ, Status.FAILED} or age > timedelta(hours=24):
        return None
    return 2 if age < timedelta(minutes=10) else 30
