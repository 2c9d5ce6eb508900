"""What lists keep of a person: told when it is asked for, and erased when it has to go."""

from collections import Counter
from typing import Any

from django.db.models import Q, QuerySet
from django.dispatch import receiver

from communications.models import Contact, ContactIdentity
from communications.signals import person_forgotten, personal_data_asked
from invitations.models import BatchRow, InvitationBatch

Verdict = BatchRow.Verdict


@receiver(personal_data_asked, sender=Contact)
def tell_rows(contact: Contact, **kwargs: Any) -> dict[str, list[dict[str, Any]]]:
    """The rows of lists that are about a person."""
    return {
        "listRows": [
            {
                "list": str(row.batch_id),
                "row": row.number,
                "given": row.given,
                "phoneNumber": row.phone_number,
                "recipientName": row.recipient_name,
                "companyName": row.company_name,
                "message": row.words,
                "verdict": row.verdict,
            }
            for row in _rows_about(contact).order_by("batch", "number")
        ]
    }


@receiver(person_forgotten, sender=Contact)
def forget_in_lists(contact: Contact, **kwargs: Any) -> None:
    """Empty the person's rows; who still waits to be sent something is sent nothing."""
    for row in _rows_about(contact):
        batch = InvitationBatch.objects.select_for_update(no_key=True).get(pk=row.batch_id)
        batch.verdicts = dict(Counter(batch.verdicts) - Counter([row.verdict]) + Counter([str(Verdict.INVALID_ROW)]))
        batch.save(update_fields=["verdicts"])
        row.given = row.phone_number = row.recipient_name = row.company_name = row.words = ""
        row.verdict, row.reason = Verdict.INVALID_ROW, "This person's data was erased."
        row.save()


def _rows_about(contact: Contact) -> QuerySet[BatchRow]:
    numbers = contact.identities.filter(kind=ContactIdentity.Kind.PHONE, ended_at=None).values_list("value", flat=True)
    named = Q(phone_number__in=list(numbers)) | Q(sending__invitation__contact=contact)
    return BatchRow.objects.filter(named).exclude(phone_number="")
