"""People, and the ways in which they are named."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from communications.models import Contact, ContactIdentity
from communications.phone_numbers import PhoneNumber


def get_or_create_by_phone(number: PhoneNumber, *, evidence: str) -> Contact:
    """Return the person with this number, whoever else is creating them at the same moment."""
    return Contact.objects.with_phone(number.e164) or _create(number, evidence) or _existing(number)


def learn(contact: Contact, *, wa_id: str, user_id: str, evidence: str) -> None:
    """Keep what Meta calls this person; an identity that another contact already holds stays there."""
    named: Iterable[tuple[str, str]] = (
        (ContactIdentity.Kind.WA_ID, wa_id),
        (ContactIdentity.Kind.USER_ID, user_id),
    )
    ContactIdentity.objects.bulk_create(
        [ContactIdentity(contact=contact, kind=kind, value=value, evidence=evidence) for kind, value in named if value],
        ignore_conflicts=True,
    )


def _create(number: PhoneNumber, evidence: str) -> Contact | None:
    try:
        with transaction.atomic():
            contact = Contact.objects.create()
            ContactIdentity.objects.create(
                contact=contact, kind=ContactIdentity.Kind.PHONE, value=number.e164, evidence=evidence
            )
    except IntegrityError:
        return None
    return contact


def _existing(number: PhoneNumber) -> Contact:
    return Contact.objects.get(identities__kind=ContactIdentity.Kind.PHONE, identities__value=number.e164)
