"""Who the updates are about: contacts recognised, numbers that changed, the 24-hour window. Set-based."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from communications.contacts import Kind, Name, Person, Sighting, end_identities, learn, recognise
from communications.models import Contact
from communications.phone_numbers import canonical
from communications.statuses import Applied
from communications.webhooks.events import Arrival, Call, Preference, read_user_id, read_wa_id

Heard = Arrival | Call | Preference


def learn_from_statuses(applied: Sequence[Applied]) -> None:
    """Keep the pair of phone and user ID that a status shows: without it a later reply cannot be matched."""
    named = {(step.message.contact_id, step.update.person): None for step in applied if step.update.person}
    if named:
        learn(named, evidence="status")


def recognise_senders(heard: Sequence[Heard], answered: dict[str, Contact]) -> list[Contact]:
    """Say who each of these came from. `answered` gives the contact of each message of ours, by its wamid."""
    changed = _follow_changes([change for update in heard if (change := _change(update)) is not None])
    others = [update for update in heard if id(update) not in changed]
    senders = recognise([
        Sighting(update.person, _EVIDENCE[type(update)], answered.get(getattr(update, "context_wamid", "")))
        for update in others
    ])  # fmt: skip
    by_update = changed | {id(update): sender for update, sender in zip(others, senders, strict=True)}
    return [by_update[id(update)] for update in heard]


def open_windows(heard: Sequence[Heard], senders: Sequence[Contact]) -> None:
    """A message or a call opens the 24-hour window for free-form messages; a notice that WhatsApp writes does not."""
    newest: dict[int, datetime] = {}
    for update, contact in zip(heard, senders, strict=True):
        if isinstance(update, Call) or (isinstance(update, Arrival) and update.kind != "system"):
            newest[contact.pk] = max(newest.get(contact.pk, update.at), update.at)
    # Read again under the lock: another process may have heard of the same person.
    contacts = list(Contact.objects.select_for_update().filter(pk__in=newest).order_by("pk")) if newest else []
    for contact in contacts:
        contact.last_wrote_at = max(contact.last_wrote_at or newest[contact.pk], newest[contact.pk])
    Contact.objects.bulk_update(contacts, ["last_wrote_at"])


_EVIDENCE: dict[type[Heard], str] = {Arrival: "message", Call: "call", Preference: "preference"}


@dataclass(frozen=True)
class _Change:
    """A system message told that somebody has a new number or user ID: the `given_up` ones are theirs no longer."""

    update: Arrival
    before: Person
    after: Person
    given_up: Sequence[Name]


def _follow_changes(changes: Sequence[_Change]) -> dict[int, Contact]:
    """Move each person's names; return who they are, by the `id` of the update."""
    if not changes:
        return {}
    people = recognise([Sighting(change.before, "message") for change in changes])
    end_identities([
        (contact, name) for change, contact in zip(changes, people, strict=True) for name in change.given_up
    ])  # fmt: skip
    recognise([Sighting(change.after, "change", contact) for change, contact in zip(changes, people, strict=True)])
    return {id(change.update): contact for change, contact in zip(changes, people, strict=True)}


def _change(update: Heard) -> _Change | None:
    system = update.content.get("system") if isinstance(update, Arrival) and update.kind == "system" else None
    if not isinstance(update, Arrival) or not isinstance(system, dict):
        return None
    person = update.person
    new_wa_id, previous = read_wa_id(system.get("wa_id")), read_user_id(system.get("previous_user_id"))
    if system.get("type") == "user_changed_number" and person.wa_id and new_wa_id:
        names = [(Kind.WA_ID, person.wa_id), (Kind.PHONE, canonical(person.wa_id))]
        return _Change(update, person, Person(wa_id=new_wa_id), names)
    if system.get("type") == "user_changed_user_id" and previous:
        return _Change(update, replace(person, user_id=previous), person, [(Kind.USER_ID, previous)])
    return None
