"""What lists keep of a person: told when it is asked for, and erased when it has to go."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import receiver

from communications import bulk
from communications.errors import InvalidPhoneNumber
from communications.models import Contact, ContactIdentity
from communications.sentences import Sentence
from communications.signals import (
    person_about_to_be_forgotten,
    person_forgotten,
    person_needed,
    person_sought,
    personal_data_asked,
)
from invitations.batches.list_rows import ListRow
from invitations.batches.number_cells import number_in
from invitations.models import BatchPiece, BatchRow, InvitationBatch

Data = dict[str, Any]
Verdict = BatchRow.Verdict


@receiver(person_sought, sender=Contact)
@transaction.atomic
def find_on_lists(number: str, **kwargs: Any) -> list[Contact]:
    """Whoever stands on a list is no contact before their message is queued: make them one, to be told or erased."""
    waiting = BatchRow.objects.filter(phone_number=number, sending=None)
    if waiting.exists() or any(_rows_not_read_yet({number})):
        return list(bulk.people_with([number]).values())
    return []


@receiver(personal_data_asked, sender=Contact)
def tell_rows(contact: Contact, **kwargs: Any) -> dict[str, list[Data]]:
    """The rows of lists that are about a person; one without a verdict is still to be checked."""
    rows = _rows_about(contact).select_related("batch__inviter").order_by("batch", "number")
    return {
        "listRows": [
            *(_judged(row) for row in rows),
            *(_not_judged(piece, row) for piece, row in _rows_not_read_yet(_numbers(contact))),
        ]
    }


@receiver(person_needed, sender=Contact)
def stands_on_a_list(contact: Contact, **kwargs: Any) -> bool:
    """While a list is being read, whoever it names has to wait until it was."""
    return BatchPiece.objects.exists() or _rows_about(contact).exists()


@receiver(person_about_to_be_forgotten, sender=Contact)
def lock_lists(contact: Contact, **kwargs: Any) -> None:
    """As whoever judges and queues a list does: the list first, and the contacts after it."""
    judged = set(_rows_about(contact).values_list("batch", flat=True))
    not_judged = {piece.batch_id for piece, _row in _rows_not_read_yet(_numbers(contact))}
    lists = InvitationBatch.objects.filter(pk__in=judged | not_judged)
    list(lists.select_for_update(no_key=True).order_by("pk").values_list("pk"))


@receiver(person_forgotten, sender=Contact)
def forget_in_lists(contact: Contact, **kwargs: Any) -> None:
    """Empty the person's rows; who still waits to be sent something is sent nothing."""
    for row in _rows_about(contact).order_by("batch", "number"):
        _empty(row)
    for piece, waiting in list(_rows_not_read_yet(_numbers(contact))):
        kept = BatchPiece.objects.select_for_update().filter(pk=piece.pk).first()
        if kept:
            kept.rows = [other for other in kept.rows if other[0] != waiting.number]
            kept.save(update_fields=["rows"])


def _empty(row: BatchRow) -> None:
    """One that was sent still counts for its list; one that was not is no longer expected."""
    if not hasattr(row, "sending"):
        batch = InvitationBatch.objects.select_for_update(no_key=True).get(pk=row.batch_id)
        batch.verdicts = dict(Counter(batch.verdicts) - Counter([row.verdict]) + Counter([str(Verdict.INVALID_ROW)]))
        batch.save(update_fields=["verdicts"])
    row.given = row.phone_number = row.recipient_name = row.company_name = row.words = ""
    row.verdict, row.reason = Verdict.INVALID_ROW, Sentence("This person's data was erased.")
    row.save()


def _rows_about(contact: Contact) -> QuerySet[BatchRow]:
    named = Q(phone_number__in=_numbers(contact)) | Q(sending__invitation__contact=contact)
    return BatchRow.objects.filter(named).exclude(phone_number="")


def _rows_not_read_yet(numbers: set[str]) -> Iterator[tuple[BatchPiece, ListRow]]:
    """Rows of lists that are still being checked: few, and for minutes only."""
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


def _judged(row: BatchRow) -> Data:
    given = ListRow(row.number, row.given, row.recipient_name, row.company_name, row.words)
    return {**_told(row.batch, given), "phoneNumber": row.phone_number, "verdict": row.verdict}


def _not_judged(piece: BatchPiece, row: ListRow) -> Data:
    return {**_told(piece.batch, row), "phoneNumber": _e164(row.phone, piece.batch.country), "verdict": None}


def _told(batch: InvitationBatch, row: ListRow) -> Data:
    return {
        "list": str(batch.pk),
        "invitedBy": batch.inviter.get_username(),
        "row": row.number,
        "given": row.phone,
        "recipientName": row.recipient_name,
        "companyName": row.company_name,
        "message": row.words,
    }
