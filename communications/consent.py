"""May we write to this person, and who said so: an append-only ledger with one flag to ask before each send."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from communications.errors import RecipientOptedOut
from communications.models import ConsentRecord, Contact


def require_consent(contact: Contact) -> None:
    """Raise `RecipientOptedOut` if the person does not want our messages."""
    if contact.has_opted_out:
        raise RecipientOptedOut


def record_statement(contact: Contact, *, stated_by: Any, source: str, text: str) -> None:
    """Keep a sender's word that the recipient agreed. It is evidence, and never lifts an opt-out."""
    ConsentRecord.objects.create(
        contact=contact, kind=ConsentRecord.Kind.STATEMENT, stated_by=stated_by, source=source, text=text
    )


@transaction.atomic
def record_opt_out(contact: Contact, *, source: str, text: str = "") -> None:
    """Keep the person's wish, in their words, and stop every message to them."""
    ConsentRecord.objects.create(contact=contact, kind=ConsentRecord.Kind.OPT_OUT, source=source, text=text)
    Contact.objects.filter(pk=contact.pk, opted_out_at__isnull=True).update(opted_out_at=timezone.now())
    contact.refresh_from_db(fields=["opted_out_at"])
