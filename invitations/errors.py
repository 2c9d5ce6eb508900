"""Why an invitation may not be sent now; the rest of the tree is in `communications/errors.py`."""

from datetime import timedelta

from django.utils import timezone

from communications.errors import WhatsAppError
from communications.sentences import Sentence
from invitations.models import Invitation


class RecentlyInvited(WhatsAppError):
    """The same user invited this person within the cool-down."""

    error = "This person was invited a short while ago"
    code = "recently_invited"
    retryable = True

    def __init__(self, invitation: Invitation, *, retry_after: float) -> None:
        again = timezone.now() + timedelta(seconds=retry_after)
        detail = Sentence("You can invite them again from %(moment)s UTC.", moment=f"{again:%Y-%m-%d %H:%M}")
        super().__init__(detail, retry_after=retry_after)
        self.invitation = invitation


class QuotaReached(WhatsAppError):
    """The user has sent as many invitations as a day allows."""

    error = "You have reached today's number of invitations"
    code = "quota_reached"
    retryable = True

    def __init__(self, quota: int, *, retry_after: float) -> None:
        detail = Sentence("You can send %(quota)d in 24 hours. Go on a little later.", quota=quota)
        super().__init__(detail, retry_after=retry_after)


class InvitationClosed(WhatsAppError):
    """It was answered, taken back, or has expired."""

    error = "This invitation is no longer open"
    code = "invitation_closed"

    def __init__(self, invitation: Invitation) -> None:
        super().__init__(_WHY_CLOSED.get(invitation.standing, Sentence("Invite the person anew.")))
        self.invitation = invitation


_WHY_CLOSED = {
    Invitation.State.JOINED: Sentence("The person has joined already: there is nothing left to send."),
    Invitation.State.DECLINED: Sentence(
        "The person has declined it. Respect it, or ask them before you invite them anew."
    ),
    Invitation.State.EXPIRED: Sentence("It has expired. Invite the person anew."),
    Invitation.State.REVOKED: Sentence("It was taken back. Invite the person anew."),
}


class NoReminder(WhatsAppError):
    """Reminders are for those who got the invitation and have not opened it, and two at most."""

    error = "No reminder can be sent for this invitation"
    code = "no_reminder"

    def __init__(self, invitation: Invitation) -> None:
        super().__init__(Sentence("Only who got an invitation and has not opened it is reminded of it, twice at most."))
        self.invitation = invitation


class InvitationNotSent(Exception):
    """The invitation exists, but its message did not get through, or nobody knows: `failure` says why."""

    def __init__(self, invitation: Invitation, failure: WhatsAppError) -> None:
        super().__init__(str(failure))
        self.invitation = invitation
        self.failure = failure
