"""What invitations keep about one person: told for an export, emptied when the person is forgotten, or after a time."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import receiver

from communications import old_texts
from communications.models import Contact, earliest_id_at
from communications.signals import person_forgotten, person_needed, personal_data_asked
from invitations.models import (
    WAITING,
    ChangedInvitation,
    CountedInvitation,
    Invitation,
    InvitationBatch,
    new_token,
)

JOB = "old invitations"

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
    _empty(invitations)


@receiver(person_needed, sender=Contact)
def has_invitation(contact: Contact, **kwargs: Any) -> bool:
    """Whether somebody invited them, and it is not long over."""
    return Invitation.objects.filter(contact=contact).exclude(phone_number="").exists()


@transaction.atomic
def drop_old() -> int:
    """Empty a portion of the invitations that are long over, and the words of lists; return how many were looked at.

    MESSAGE_TEXT_RETENTION_DAYS says what is long: since it was sent, looked at and answered. One that can be accepted,
    or is still to be sent, is not over.
    """
    old = old_texts.long_ago()
    if old is None:
        return 0
    InvitationBatch.objects.filter(finished_at__lt=old).exclude(message="").update(message="")
    # Who looks at it or answers late was in touch then.
    is_quiet = ~Q(opened_at__gte=old) & ~Q(answered_at__gte=old)
    made_long_ago = old_texts.next_portion(
        Invitation.objects.filter(is_quiet, pk__lt=earliest_id_at(old), last_sent_at__lt=old).exclude(phone_number="")
    )
    is_over = ~Q(state__in=Invitation.LIVE_STATES) & ~Q(newest_message__status__in=WAITING)
    over = Invitation.objects.filter(
        is_over, is_quiet, old_texts.are_counted(CountedInvitation, ChangedInvitation), pk__in=made_long_ago
    )
    _empty(over.select_for_update(skip_locked=True, of=("self",)))
    return len(made_long_ago)


def _empty(invitations: QuerySet[Invitation]) -> None:
    """Their links lead nowhere then."""
    emptied = list(invitations)
    for invitation in emptied:
        invitation.token = new_token()
        invitation.phone_number = invitation.message = invitation.recipient_name = invitation.company_name = ""
    fields = ["token", "phone_number", "message", "recipient_name", "company_name"]
    Invitation.objects.bulk_update(emptied, fields, batch_size=500)


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
