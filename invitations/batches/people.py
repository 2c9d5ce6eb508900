"""Who the people of a thousand rows are, and what speaks against inviting them now; a few queries for all of them."""

from collections.abc import Collection
from typing import Any

from communications import consent, forgotten
from communications.errors import WhatsAppError
from communications.models import Contact, ContactIdentity
from invitations import services
from invitations.models import Invitation

_PHONE = ContactIdentity.Kind.PHONE


class People:
    """`contacts` by number are those whom we know."""

    def __init__(self, inviter: Any, contacts: dict[str, Contact], unknown: Collection[str] = ()) -> None:
        self.contacts = contacts
        self._wishes_of_the_erased = forgotten.refusals([(_PHONE, number) for number in unknown])
        self._earlier = services.newest_of_each(inviter, contacts.values())

    @classmethod
    def with_numbers(cls, inviter: Any, numbers: Collection[str]) -> "People":
        contacts = Contact.objects.with_phones(numbers)
        return cls(inviter, contacts, set(numbers) - contacts.keys())

    def aliases(self) -> dict[int, list[str]]:
        """All numbers of each of these people, by the key of the contact. One query."""
        numbers: dict[int, list[str]] = {}
        live = ContactIdentity.objects.filter(contact__in=self.contacts.values(), kind=_PHONE, ended_at=None)
        for contact_id, number in live.values_list("contact_id", "value"):
            numbers.setdefault(contact_id, []).append(number)
        return numbers

    def refusal(self, number: str) -> WhatsAppError | None:
        """Why the person with this number may not be invited now, as a single invitation says it."""
        contact = self.contacts.get(number)
        if contact is None:
            return self._wishes_of_the_erased.get((_PHONE, number))
        try:
            consent.require_consent(contact, marketing=True)
            services.require_cooled_down(self._earlier.get(contact.pk))
        except WhatsAppError as refusal:
            return refusal
        return None

    def live_invitation(self, number: str) -> Invitation | None:
        """The inviter's open invitation of this person, which another message carries once more."""
        contact = self.contacts.get(number)
        earlier = self._earlier.get(contact.pk) if contact else None
        return services.live_one(earlier)
