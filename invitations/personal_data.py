"""What invitations keep about one person: told for an export, and emptied when the person is forgotten."""

from typing import Any

from django.dispatch import receiver

from communications.models import Contact
from communications.signals import person_forgotten, personal_data_asked
from invitations.models import Invitation, new_token

Data = dict[str, Any]


@receiver(personal_data_asked, sender=Contact)
def tell(contact: Contact, **kwargs: Any) -> dict[str, list[Data]]:
    invitations = Invitation.objects.filter(contact=contact).select_related("inviter").order_by("pk")
    return {"invitations": [_invitation(invitation) for invitation in invitations]}


@receiver(person_forgotten, sender=Contact)
def forget(contact: Contact, **kwargs: Any) -> None:
    """Empty the person's invitations and let their links lead nowhere."""
    invitations = Invitation.objects.filter(contact=contact)
    invitations.filter(state__in=Invitation.LIVE_STATES).update(state=Invitation.State.REVOKED)
    for invitation in invitations:
        invitation.token = new_token()
        invitation.phone_number = invitation.message = invitation.recipient_name = invitation.company_name = ""
        invitation.save(update_fields=["token", "phone_number", "message", "recipient_name", "company_name"])


def _invitation(invitation: Invitation) -> Data:
    return {
        "id": str(invitation.pk),
        "createdAt": invitation.created_at.isoformat(),
        "phoneNumber": invitation.phone_number,
        "recipientName": invitation.recipient_name,
        "companyName": invitation.company_name,
        "message": invitation.message,
        "invitedBy": invitation.inviter.get_username(),
        "state": invitation.standing,
        "openedAt": invitation.opened_at.isoformat() if invitation.opened_at else None,
        "answeredAt": invitation.answered_at.isoformat() if invitation.answered_at else None,
    }
