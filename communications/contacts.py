"""People, and the ways in which they are named: learned from evidence, never merged by guess."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from communications import forgotten, signals
from communications.consent import share_opt_outs
from communications.models import Contact, ContactIdentity, IdentityConflict
from communications.phone_numbers import PhoneNumber, canonical

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
            yield Kind.PHONE, canonical(self.wa_id)


NOBODY = Person()


@dataclass(frozen=True)
class Sighting:
    """A person was named. `contact` is set where the message it is about says who that is."""

    person: Person
    evidence: str
    contact: Contact | None = None


def create_by_phone(number: PhoneNumber, *, evidence: str) -> Contact:
    """Make a contact with this number, or return the one that somebody else makes at the same moment.

    Whoever had it before, and was erased, may have said that they do not want our messages: that holds.
    """
    try:
        with transaction.atomic():
            contact = Contact.objects.create()
            ContactIdentity.objects.create(contact=contact, kind=Kind.PHONE, value=number.e164, evidence=evidence)
            if forgotten.recall({(Kind.PHONE, number.e164): contact.pk}):
                contact.refresh_from_db(fields=["opted_out_at", "marketing_opted_out_at"])
    except IntegrityError:
        return Contact.objects.get(
            identities__kind=Kind.PHONE, identities__value=number.e164, identities__ended_at=None
        )
    return contact


def find_or_create_by_phones(numbers: Collection[str], *, evidence: str) -> dict[str, Contact]:
    """The contacts with these numbers, by number; those whom nobody knows are made. Set-based.

    Somebody else may make the same ones at the same moment: then theirs are returned, as the ones that there are. What
    whoever had a number before, and was erased, did not want still holds. Runs in a transaction.
    """
    known = Contact.objects.with_phones(numbers)
    # In one order, so that two processes wait for each other instead of blocking each other.
    missing = sorted(set(numbers) - known.keys())
    if not missing:
        return known
    made = Contact.objects.bulk_create(Contact() for _number in missing)
    ContactIdentity.objects.bulk_create(
        (
            ContactIdentity(contact=contact, kind=Kind.PHONE, value=number, evidence=evidence)
            for number, contact in zip(missing, made, strict=True)
        ),
        ignore_conflicts=True,
    )
    ours = {contact.pk: contact for contact in made}
    holders = {number: pk for (_kind, number), pk in _holders({(Kind.PHONE.value, each) for each in missing}).items()}
    has_wishes = forgotten.recall({(Kind.PHONE, number): pk for number, pk in holders.items() if pk in ours})
    if nobodys := ours.keys() - holders.values():
        Contact.objects.filter(pk__in=nobodys).delete()
    if nobodys or has_wishes:
        return known | Contact.objects.with_phones(missing)
    return known | {number: ours[pk] for number, pk in holders.items()}


def learn(named: Collection[tuple[int, Person]], *, evidence: str) -> None:
    """Keep what these contacts, by their keys, were called. Set-based; conflicts are kept for a person to decide.

    Raises IntegrityError if another process learned the same at the same moment: the transaction is to be run again.
    """
    holders = _holders({name for _contact, person in named for name in person.names()})
    # Whoever has the number by now is not the person whom we wrote to: a new person has a new user ID.
    has_user_id = _with_user_id({contact_id for contact_id, person in named if _unheld_user_id(person, holders)})
    new: dict[Name, int] = {}
    conflicts = []
    for contact_id, person in named:
        for name in person.names():
            if name[0] == Kind.USER_ID and name not in holders and contact_id in has_user_id:
                continue
            holder = holders.get(name) or new.setdefault(name, contact_id)
            if holder != contact_id:
                conflicts.append(_conflict(contact_id, holder, name, evidence))
    _store_identities([(contact_id, name, evidence) for name, contact_id in new.items()])
    _store_conflicts(conflicts)
    _store_profile_names({contact_id: person.profile_name for contact_id, person in named if person.profile_name})


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
    pairs = {(contact.pk, *name) for contact, name in given_up}
    live = ContactIdentity.objects.filter(value__in={value for _pk, _kind, value in pairs}, ended_at=None)
    ended = [pk for pk, *pair in live.values_list("pk", "contact_id", "kind", "value") if tuple(pair) in pairs]
    ContactIdentity.objects.filter(pk__in=ended).update(ended_at=timezone.now())


class _AddressBook:
    """Who has which name, as far as a batch of sightings is concerned, and what the batch adds."""

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        held = _holders({name for sighting in sightings for name in sighting.person.names()})
        # One object per person, so that what the batch learns of them comes together.
        self._contacts = Contact.objects.in_bulk(set(held.values()))
        self._contacts |= {each.contact.pk: each.contact for each in sightings if each.contact}
        self._holders = {name: self._contacts[pk] for name, pk in held.items()}
        # By identity in memory: a contact that this batch makes has no key yet.
        self._with_user_id = {id(self._contacts[pk]) for pk in _with_user_id(set(self._contacts))}
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
        _store_identities([(contact.pk, name, evidence) for contact, name, evidence in self._new_names])
        _store_conflicts([
            _conflict(contact.pk, self._holders[name].pk, name, evidence)
            for contact, name, evidence in self._conflicts
        ])  # fmt: skip
        Contact.objects.bulk_update(sorted(self._renamed.values(), key=lambda contact: contact.pk), ["name"])

    def _whose(self, sighting: Sighting) -> Contact | None:
        if sighting.contact is not None:
            return self._contacts[sighting.contact.pk]
        for name in sighting.person.names():
            holder = self._holders.get(name)
            if holder and not (name[0] in _NUMBERS and sighting.person.user_id and self._is_somebody_else(holder)):
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


def _holders(names: Collection[Name]) -> dict[Name, int]:
    """Who holds these names now, by contact key."""
    values = {value for _kind, value in names}
    found = ContactIdentity.objects.filter(value__in=values, ended_at=None).values_list("kind", "value", "contact_id")
    return {(kind, value): contact_id for kind, value, contact_id in found if (kind, value) in names}


def _store_identities(new: Sequence[tuple[int, Name, str]]) -> None:
    # In one order, so that two workers wait for each other instead of blocking each other.
    ContactIdentity.objects.bulk_create(
        ContactIdentity(contact_id=contact_id, kind=kind, value=value, evidence=evidence)
        for contact_id, (kind, value), evidence in sorted(new, key=lambda each: each[1])
    )
    forgotten.recall({name: contact_id for contact_id, name, _evidence in new})


def _store_profile_names(profile_names: Mapping[int, str]) -> None:
    if not profile_names:
        return
    renamed = [
        contact
        for contact in Contact.objects.filter(pk__in=profile_names).only("name").order_by("pk")
        if contact.name != profile_names[contact.pk]
    ]
    for contact in renamed:
        contact.name = profile_names[contact.pk]
    Contact.objects.bulk_update(renamed, ["name"])


def _store_conflicts(found: Sequence[IdentityConflict]) -> None:
    if not found:
        return
    by_key = {(each.contact_id, each.holder_id, each.kind, each.value): each for each in found}
    kept = IdentityConflict.objects.filter(contact__in={key[0] for key in by_key})
    known = set(kept.values_list("contact_id", "holder_id", "kind", "value"))
    new = IdentityConflict.objects.bulk_create(by_key[key] for key in sorted(by_key.keys() - known))
    for conflict in new:
        signals.send_after_commit(signals.identity_conflict_found, IdentityConflict, conflict=conflict)
    if new:
        share_opt_outs(new)


def _conflict(contact_id: int, holder_id: int, name: Name, evidence: str) -> IdentityConflict:
    return IdentityConflict(contact_id=contact_id, holder_id=holder_id, kind=name[0], value=name[1], evidence=evidence)


def _unheld_user_id(person: Person, holders: Mapping[Name, int]) -> bool:
    return bool(person.user_id) and (Kind.USER_ID, person.user_id) not in holders


def _with_user_id(contact_ids: set[int]) -> set[int]:
    if not contact_ids:
        return set()
    found = ContactIdentity.objects.filter(contact__in=contact_ids, kind=Kind.USER_ID, ended_at=None)
    return set(found.values_list("contact_id", flat=True))
