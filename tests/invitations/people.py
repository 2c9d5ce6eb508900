"""People who are known before anybody invites them."""

from typing import Any

from communications.models import Contact, ContactIdentity


def person_with(e164: str, **fields: Any) -> Contact:
    person = Contact.objects.create(**fields)
    person.identities.create(kind=ContactIdentity.Kind.PHONE, value=e164, evidence="test")
    return person
