"""May we write to this person, and who said so: an append-only ledger, with two flags on the contact to ask before
each send.

The flags are worked out from the ledger, so that it does not matter in which order the records arrive. Each source
speaks for itself: START lifts what STOP set, and nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from communications import bulk_insert, signals
from communications.errors import RecipientOptedOut
from communications.models import ConsentRecord, Contact, IdentityConflict, Message

# Meta's code for a person who has stopped our marketing.
STOPPED_MARKETING = 131050

_Kind, _Scope, _Source = ConsentRecord.Kind, ConsentRecord.Scope, ConsentRecord.Source
# Meta's 131050 says the same as the person's own setting, and is lifted with it; so is the button on the page of an
# invitation, with START in the chat.
_SPEAKS_AS = {
    _Source.REFUSAL.value: _Source.PREFERENCE.value,
    _Source.INVITATION.value: _Source.WORD.value,
}


@dataclass(frozen=True)
class Standing:
    """Since when a person does not want our messages, or our marketing; None where they do."""

    opted_out_at: datetime | None
    marketing_opted_out_at: datetime | None


def require_consent(contact: Contact, *, marketing: bool = False) -> None:
    """Raise `RecipientOptedOut` if the person does not want our messages, or our `marketing`."""
    if contact.has_opted_out or (marketing and contact.has_opted_out_of_marketing):
        raise RecipientOptedOut(marketing_only=not contact.has_opted_out)


def record_statement(contact: Contact, *, stated_by: Any, source: str, text: str) -> None:
    """Keep a sender's word that the recipient agreed. It is evidence, and never lifts an opt-out."""
    ConsentRecord.objects.create(contact=contact, kind=_Kind.STATEMENT, stated_by=stated_by, source=source, text=text)


def record_statements(contacts: Sequence[Contact], *, stated_by: Any, source: str, text: str) -> None:
    """`record_statement` for many people, with one query."""
    rows = [{"contact_id": contact.pk} for contact in contacts]
    bulk_insert.insert(ConsentRecord, rows, kind=_Kind.STATEMENT, stated_by=stated_by, source=source, text=text)


def record_opt_out(contact: Contact, *, source: str, text: str = "", evidence: str = "", stated_by: Any = None) -> None:
    """Keep a person's wish that did not come as a word in the chat, and stop every message to them."""
    said = ConsentRecord(
        contact=contact, kind=_Kind.OPT_OUT, source=source, text=text, evidence=evidence, stated_by=stated_by
    )
    record([said])
    contact.refresh_from_db(fields=["opted_out_at", "marketing_opted_out_at"])


def refused_marketing(message: Message, at: datetime | None = None) -> ConsentRecord:
    """The record that Meta's 131050 stands for: at once, by webhook, or both."""
    return ConsentRecord(
        contact_id=message.contact_id,
        kind=_Kind.OPT_OUT,
        scope=_Scope.MARKETING,
        source=_Source.REFUSAL,
        at=at or timezone.now(),
        evidence=f"message:{message.pk}",
    )


@transaction.atomic
def record(records: Sequence[ConsentRecord]) -> list[ConsentRecord]:
    """Keep what people said, each evidence once, and bring their flags up to date.

    Returns the records that changed whether we may write to the person. Set-based.
    """
    if not records:
        return []
    records = [*records, *_for_those_who_share(records)]
    contacts = _locked({record.contact_id for record in records})
    new = _not_yet_kept(records)
    ConsentRecord.objects.bulk_create(new)
    moved = _move_flags(contacts)
    decisive = [record for record in _newest_of_each(new) if record.contact_id in moved]
    for record_ in decisive:
        signals.send_after_commit(
            signals.consent_changed, ConsentRecord, contact=contacts[record_.contact_id], record=record_
        )
    return decisive


def share_opt_outs(conflicts: Sequence[IdentityConflict]) -> None:
    """Two contacts turned out to share an identity: until a person decides, neither is written to if one opted out."""
    stops = ConsentRecord.objects.filter(
        contact__in={conflict.contact_id for conflict in conflicts} | {conflict.holder_id for conflict in conflicts},
        contact__opted_out_at__isnull=False,
    )
    record(_for_those_who_share(list(stops)))


def standing(records: Iterable[ConsentRecord]) -> Standing:
    """Work out from a person's whole ledger what holds now."""
    stops = standing_stops(records)
    return Standing(
        min((stop.at for stop in stops if stop.scope == _Scope.EVERYTHING), default=None),
        min((stop.at for stop in stops if stop.scope == _Scope.MARKETING), default=None),
    )


def standing_stops(records: Iterable[ConsentRecord]) -> list[ConsentRecord]:
    """The records of a person's whole ledger that stop something now: the last word of each source, where it stops."""
    last: dict[str, ConsentRecord] = {}
    # Of two words in one second, the one that stops counts.
    for record_ in sorted(records, key=lambda each: (each.at, each.kind == _Kind.OPT_OUT)):
        if record_.kind != _Kind.STATEMENT:
            last[_SPEAKS_AS.get(record_.source, record_.source)] = record_
    return [record_ for record_ in last.values() if record_.kind == _Kind.OPT_OUT]


def _for_those_who_share(records: Sequence[ConsentRecord]) -> list[ConsentRecord]:
    """The same wish for whoever was seen under a name of this person's: a message to it may reach either."""
    stops = {record.contact_id: record for record in records if _stops_everything(record)}
    if not stops:
        return []
    shared = IdentityConflict.objects.filter(Q(contact__in=stops) | Q(holder__in=stops))
    pairs = {pair for each in shared for pair in ((each.contact_id, each.holder_id), (each.holder_id, each.contact_id))}
    return [
        ConsentRecord(
            contact_id=other,
            kind=_Kind.OPT_OUT,
            source=_Source.CONFLICT,
            at=stops[contact].at,
            text=stops[contact].text,
            evidence=f"contact:{contact}:{other}",
        )
        for contact, other in sorted(pairs)
        if contact in stops
    ]


def _stops_everything(record: ConsentRecord) -> bool:
    return record.kind == _Kind.OPT_OUT and record.scope == _Scope.EVERYTHING and record.source != _Source.CONFLICT


def _locked(contact_ids: set[int]) -> dict[int, Contact]:
    return {
        contact.pk: contact for contact in Contact.objects.select_for_update().filter(pk__in=contact_ids).order_by("pk")
    }


def _not_yet_kept(records: Sequence[ConsentRecord]) -> list[ConsentRecord]:
    evidence = {record.evidence for record in records} - {""}
    kept = set(ConsentRecord.objects.filter(evidence__in=evidence).values_list("evidence", "kind", "source"))
    new: list[ConsentRecord] = []
    for record_ in records:
        key = (record_.evidence, record_.kind, record_.source)
        if key not in kept:
            new.append(record_)
            kept |= {key} if record_.evidence else set()
    return new


def _move_flags(contacts: dict[int, Contact]) -> set[int]:
    """Set the flags from the ledger; return whose moved."""
    ledger: dict[int, list[ConsentRecord]] = {pk: [] for pk in contacts}
    for record_ in ConsentRecord.objects.filter(contact__in=contacts).exclude(kind=_Kind.STATEMENT):
        ledger[record_.contact_id].append(record_)
    moved = {pk for pk, contact in contacts.items() if _move(contact, standing(ledger[pk]))}
    Contact.objects.bulk_update([contacts[pk] for pk in sorted(contacts)], ["opted_out_at", "marketing_opted_out_at"])
    return moved


def _move(contact: Contact, now: Standing) -> bool:
    """Say whether we may write now where we might not before, or the other way round: a repeated STOP moves nothing."""
    before = contact.opted_out_at is None, contact.marketing_opted_out_at is None
    contact.opted_out_at, contact.marketing_opted_out_at = now.opted_out_at, now.marketing_opted_out_at
    return before != (now.opted_out_at is None, now.marketing_opted_out_at is None)


def _newest_of_each(records: Sequence[ConsentRecord]) -> list[ConsentRecord]:
    newest: dict[int, ConsentRecord] = {}
    for record_ in sorted(records, key=lambda each: each.at):
        newest[record_.contact_id] = record_
    return list(newest.values())
