"""People, and the ways in which they are named: learned from evidence, never merged by guess."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from communications import signals
from communications.errors import InvalidPhoneNumber
from communications.models import Contact, ContactIdentity, IdentityConflict
from communications.phone_numbers import PhoneNumber, parse

Kind = ContactIdentity.Kind
Name = tuple[str, str]


@dataclass(frozen=True)
class Person:
    """How one update names a person; what it does not say is empty."""

    wa_id: str = ""
    user_id: str = ""
    parent_user_id: str = ""
    profile_name: str = ""

    def __bool__(self) -> bool:
        return bool(self.wa_id or self.user_id or self.parent_user_id)

    def names(self) -> Iterator[Name]:
        """The person's names, the most telling first: user IDs are never reused, numbers are."""
        if self.user_id:
            yield Kind.USER_ID, self.user_id
        if self.parent_user_id:
            yield Kind.PARENT_USER_ID, self.parent_user_id
        if self.wa_id:
            yield Kind.WA_ID, self.wa_id
            yield Kind.PHONE, phone_of(self.wa_id)


NOBODY = Person()


@dataclass(frozen=True)
class Sighting:
    """A person was named. `contact` is set where the message it is about says who that is."""

    person: Person
    evidence: str
    contact: Contact | None = None


def phone_of(wa_id: str) -> str:
    """The number behind a WhatsApp ID, in our spelling."""
    try:
        return parse(f"+{wa_id}").e164
    except InvalidPhoneNumber:
        return f"+{wa_id}"


def create_by_phone(number: PhoneNumber, *, evidence: str) -> Contact:
    """Make a contact with this number, or return the one that somebody else makes at the same moment."""
    try:
        with transaction.atomic():
            contact = Contact.objects.create()
            ContactIdentity.objects.create(contact=contact, kind=Kind.PHONE, value=number.e164, evidence=evidence)
    except IntegrityError:
        return Contact.objects.get(
            identities__kind=Kind.PHONE, identities__value=number.e164, identities__ended_at=None
        )
    return contact


def recognise(sightings: Sequence[Sighting]) -> list[Contact]:
    """Say which contact each sighting is about, and keep what it teaches us. Set-based.

    Somebody nobody knows becomes a new contact. An identity that another contact holds stays there, and the conflict is
    kept for a person to decide. Raises IntegrityError if another process learned the same at the same moment: the
    transaction is then to be run again.
    """
    book = _AddressBook(sightings)
    found = [book.place(sighting) for sighting in sightings]
    book.store()
    return found


def end_identities(given_up: Collection[tuple[Contact, Name]]) -> None:
    """These contacts gave up these numbers and user IDs: whoever has them next is somebody else."""
    pairs = {(contact.pk, name) for contact, name in given_up}
    ended = [
        identity.pk
        for identity in _live_identities({name for _pk, name in pairs})
        if (identity.contact_id, (identity.kind, identity.value)) in pairs
    ]
    ContactIdentity.objects.filter(pk__in=ended).update(ended_at=timezone.now())


class _AddressBook:
    """Who has which name, as far as a batch of sightings is concerned, and what the batch adds."""

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        names = {name for sighting in sightings for name in sighting.person.names()}
        identities = _live_identities(names)
        # One object per person, so that what the batch learns of them comes together.
        self._known = {sighting.contact.pk: sighting.contact for sighting in sightings if sighting.contact}
        self._known |= {identity.contact_id: identity.contact for identity in identities}
        self._holders = {(identity.kind, identity.value): self._known[identity.contact_id] for identity in identities}
        # By identity in memory: a contact that this batch makes has no key yet.
        self._with_user_id = {id(self._known[pk]) for pk in _with_user_id(set(self._known))}
        self._new_contacts: list[Contact] = []
        self._new_names: list[tuple[Contact, Name, str]] = []
        self._conflicts: list[tuple[Contact, Name, str]] = []
        self._renamed: dict[int, Contact] = {}

    def place(self, sighting: Sighting) -> Contact:
        contact = self._whose(sighting) or self._new_contact()
        for name in sighting.person.names():
            holder = self._holders.get(name)
            if holder is None and not self._has_changed_hands(sighting, name, contact):
                self._holders[name] = contact
                self._new_names.append((contact, name, sighting.evidence))
            elif holder is not None and holder is not contact:
                self._conflicts.append((contact, name, sighting.evidence))
        if sighting.person.user_id:
            self._with_user_id.add(id(contact))
        self._rename(contact, sighting.person.profile_name)
        return contact

    def store(self) -> None:
        Contact.objects.bulk_create(self._new_contacts)
        # In one order, so that two workers wait for each other instead of blocking each other.
        ContactIdentity.objects.bulk_create(
            ContactIdentity(contact=contact, kind=name[0], value=name[1], evidence=evidence)
            for contact, name, evidence in sorted(self._new_names, key=lambda new: new[1])
        )
        self._keep_conflicts()
        Contact.objects.bulk_update(sorted(self._renamed.values(), key=lambda contact: contact.pk), ["name"])

    def _keep_conflicts(self) -> None:
        if not self._conflicts:
            return
        found = {
            (contact.pk, self._holders[name].pk, *name): IdentityConflict(
                contact=contact, holder=self._holders[name], kind=name[0], value=name[1], evidence=evidence
            )
            for contact, name, evidence in self._conflicts
        }
        known = set(
            IdentityConflict.objects.filter(contact__in={key[0] for key in found}).values_list(
                "contact_id", "holder_id", "kind", "value"
            )
        )
        for conflict in IdentityConflict.objects.bulk_create(found[key] for key in found.keys() - known):
            signals.send_after_commit(signals.identity_conflict_found, IdentityConflict, conflict=conflict)

    def _whose(self, sighting: Sighting) -> Contact | None:
        if sighting.contact is not None:
            return self._known.setdefault(sighting.contact.pk, sighting.contact)
        for kind, value in sighting.person.names():
            holder = self._holders.get((kind, value))
            if holder and not (kind in _NUMBERS and sighting.person.user_id and self._is_somebody_else(holder)):
                return holder
        return None

    def _is_somebody_else(self, holder: Contact) -> bool:
        """A known number with a user ID that we do not know has changed hands: a new person has a new user ID."""
        return id(holder) in self._with_user_id

    def _has_changed_hands(self, sighting: Sighting, name: Name, contact: Contact) -> bool:
        """Whoever has the number of our message by now is not the person whom we wrote to: their ID is not learned."""
        return sighting.contact is not None and name[0] == Kind.USER_ID and self._is_somebody_else(contact)

    def _new_contact(self) -> Contact:
        contact = Contact()
        self._new_contacts.append(contact)
        return contact

    def _rename(self, contact: Contact, profile_name: str) -> None:
        if profile_name and contact.name != profile_name:
            contact.name = profile_name
            if contact.pk:
                self._renamed[contact.pk] = contact


_NUMBERS = {Kind.WA_ID, Kind.PHONE}


def _live_identities(names: Collection[Name]) -> list[ContactIdentity]:
    values = {value for _kind, value in names}
    found = ContactIdentity.objects.filter(value__in=values, ended_at=None).select_related("contact")
    return [identity for identity in found if (identity.kind, identity.value) in names]


def _with_user_id(contact_ids: set[int]) -> set[int]:
    found = ContactIdentity.objects.filter(contact__in=contact_ids, kind=Kind.USER_ID, ended_at=None)
    return set(found.values_list("contact_id", flat=True))
