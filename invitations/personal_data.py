"""What invitations and lists keep about one person: told for an export, and emptied when the person is forgotten."""

from collections.abc import Iterator
from typing import Any

from django.dispatch import receiver

from communications.errors import InvalidPhoneNumber
from communications.models import Contact, ContactIdentity
from communications.signals import person_forgotten, personal_data_asked
from invitations.batches.list_rows import ListRow
from invitations.batches.number_cells import number_in
from invitations.models import BatchPiece, BatchRow, Invitation, InvitationBatch, new_token

Data = dict[str, Any]


@receiver(personal_data_asked, sender=Contact)
def tell(contact: Contact, **kwargs: Any) -> dict[str, list[Data]]:
    invitations = Invitation.objects.filter(contact=contact).select_related("inviter").order_by("pk")
    rows = BatchRow.objects.filter(phone_number__in=_numbers(contact)).select_related("batch__inviter").order_by("pk")
    return {
        "invitations": [_invitation(invitation) for invitation in invitations],
        "rowsOfLists": [
            *(
                _row(row.batch, ListRow(row.number, row.given, row.recipient_name, row.company_name, row.words))
                for row in rows
            ),
            *(_row(piece.batch, row) for piece, row in _rows_not_read_yet(contact)),
        ],
    }


@receiver(person_forgotten, sender=Contact)
def forget(contact: Contact, **kwargs: Any) -> None:
    """Empty the person's invitations, let their links lead nowhere, and take them out of every list."""
    invitations = Invitation.objects.filter(contact=contact)
    invitations.filter(state__in=Invitation.LIVE_STATES).update(state=Invitation.State.REVOKED)
    for invitation in invitations:
        invitation.token = new_token()
        invitation.phone_number = invitation.message = invitation.recipient_name = invitation.company_name = ""
        invitation.save(update_fields=["token", "phone_number", "message", "recipient_name", "company_name"])
    for row in BatchRow.objects.filter(phone_number__in=_numbers(contact)).order_by("batch", "pk"):
        _take_out(row)
    for piece, waiting in list(_rows_not_read_yet(contact)):
        kept = BatchPiece.objects.select_for_update().get(pk=piece.pk)
        kept.rows = [other for other in kept.rows if other[0] != waiting.number]
        kept.save(update_fields=["rows"])


def _take_out(row: BatchRow) -> None:
    """One that was sent still counts for its list; one that was not is no longer expected."""
    if not hasattr(row, "sending"):
        batch = InvitationBatch.objects.select_for_update(no_key=True).get(pk=row.batch_id)
        batch.verdicts[row.verdict] = max(0, batch.verdicts.get(row.verdict, 0) - 1)
        batch.save(update_fields=["verdicts"])
    row.delete()


def _rows_not_read_yet(contact: Contact) -> Iterator[tuple[BatchPiece, ListRow]]:
    """Rows of lists that are still being checked: few, and for minutes only."""
    numbers = _numbers(contact)
    for piece in BatchPiece.objects.select_related("batch__inviter").order_by("pk").iterator(20):
        for row in (ListRow(*given) for given in piece.rows):
            if _e164(row.phone, piece.batch.country) in numbers:
                yield piece, row


def _e164(cell: str, country: str) -> str:
    try:
        return number_in(cell, country=country).e164
    except InvalidPhoneNumber:
        return ""


def _numbers(contact: Contact) -> set[str]:
    named = contact.identities.filter(kind=ContactIdentity.Kind.PHONE, ended_at=None)
    return set(named.values_list("value", flat=True))


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


def _row(batch: InvitationBatch, row: ListRow) -> Data:
    return {
        "list": str(batch.pk),
        "invitedBy": batch.inviter.get_username(),
        "row": row.number,
        "number": row.phone,
        "recipientName": row.recipient_name,
        "companyName": row.company_name,
        "message": row.words,
    }
