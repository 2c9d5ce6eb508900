"""Who the updates are about: contacts recognised, numbers that changed, the 24-hour window. Set-based."""

from collections.abc import Sequence
from datetime import datetime

from communications.contacts import Kind, Name, Sighting, end_identities, learn, recognise
from communications.models import Contact
from communications.statuses import Applied
from communications.webhooks.events import Arrival, Call, Preference

Heard = Arrival | Call | Preference


def learn_from_statuses(applied: Sequence[Applied]) -> None:
    """Keep the pair of phone and user ID that a status shows: without it a later reply cannot be matched."""
    named = {(step.message.contact_id, step.update.person): None for step in applied if step.update.person}
    if named:
        learn(named, evidence="status")


def recognise_senders(heard: Sequence[Heard], answered: dict[str, Contact]) -> list[Contact]:
    """Say who each of these came from. `answered` gives the contact of each message of ours, by its wamid."""
    if not heard:
        return []
    _end_changed([update for update in heard if isinstance(update, Arrival)])
    return recognise([
        Sighting(update.person, _EVIDENCE[type(update)], answered.get(getattr(update, "context_wamid", "")))
        for update in heard
    ])  # fmt: skip


def open_windows(heard: Sequence[Heard], senders: Sequence[Contact]) -> None:
    """A message or a call opens the 24-hour window for free-form messages."""
    newest: dict[int, tuple[Contact, datetime]] = {}
    for update, contact in zip(heard, senders, strict=True):
        if isinstance(update, Preference):
            continue
        if contact.last_wrote_at is None or contact.last_wrote_at < update.at:
            contact.last_wrote_at = update.at
            newest[contact.pk] = contact, update.at
    Contact.objects.bulk_update([contact for contact, _at in newest.values()], ["last_wrote_at"])


_EVIDENCE: dict[type[Heard], str] = {Arrival: "message", Call: "call", Preference: "preference"}


def _end_changed(arrivals: Sequence[Arrival]) -> None:
    """A system message tells that somebody has a new number or user ID: the old one is theirs no longer."""
    ended: list[Name] = []
    for arrival in arrivals:
        system = arrival.content.get("system")
        if arrival.kind == "system" and isinstance(system, dict):
            ended += _ended(arrival, system)
    end_identities(ended)


def _ended(arrival: Arrival, system: dict[str, object]) -> list[Name]:
    if system.get("type") == "user_changed_number" and arrival.person.wa_id:
        return [(Kind.WA_ID, arrival.person.wa_id)]
    previous = system.get("previous_user_id")
    if system.get("type") == "user_changed_user_id" and isinstance(previous, str):
        return [(Kind.USER_ID, previous)]
    return []
