"""Everything that is kept about one person: found by a number or an ID, and told as JSON.

Other apps add what they keep through the signal `personal_data_asked`.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Q
from django.utils import timezone

from communications import signals
from communications.conf import setting
from communications.errors import InvalidPhoneNumber
from communications.models import Contact, ContactIdentity, IdentityConflict, InboundMessage, Message
from communications.phone_numbers import canonical, parse
from communications.webhook_traces import Names, events_naming, part

Kind = ContactIdentity.Kind
Data = dict[str, Any]

# Meta sends a webhook again for seven days.
_RETRIES = timedelta(days=7)


class UnknownPerson(LookupError):
    """Nobody is kept under this number or ID; the reason is a sentence."""


def find(person: str) -> list[Contact]:
    """Whom a number with its plus sign, a user ID or our own ID of a contact names.

    Whoever has the number now goes before those who had it once; several are returned only where nobody has it now.
    Somebody whom only another app keeps, such as on a list that was not sent, becomes a contact.
    Raises `UnknownPerson`.
    """
    person = person.strip()
    if person.isascii() and person.isdigit():
        found = list(Contact.objects.filter(pk=int(person), forgotten_at=None))
    else:
        named = ContactIdentity.objects.filter(kind__in=Kind.values, value__in=spellings(person))
        identities = list(named.select_related("contact").order_by("pk"))
        live = [identity.contact for identity in identities if identity.ended_at is None]
        now = live[:1] or _known_to_others(person)
        found = list(dict.fromkeys(now or [identity.contact for identity in identities]))
    if not found:
        raise UnknownPerson(
            "Nobody is kept under that. Give the number with + and country code, the user ID, or the ID of the contact "
            "in the admin."
        )
    return found


def _known_to_others(person: str) -> list[Contact]:
    try:
        number = parse(person).e164
    except InvalidPhoneNumber:
        return []
    told = signals.person_sought.send(Contact, number=number)
    return [contact for _receiver, contacts in told for contact in cast("list[Contact]", contacts)]


def spellings(person: str) -> set[str]:
    """Every way in which a number or user ID may be kept."""
    if not person.startswith("+"):
        return {person}
    digits = re.sub(r"\D", "", person)
    spellings = {f"+{digits}", digits, canonical(digits), canonical(digits)[1:]}
    try:
        e164 = parse(person).e164
    except InvalidPhoneNumber:
        return spellings
    return spellings | {e164, e164[1:]}


def names_of(contact: Contact) -> Names:
    """How webhooks name this person, but for what somebody else is named by now."""
    values = {identity.value.removeprefix("+") for identity in contact.identities.all()}
    spelled = {variant for value in values for variant in (value, f"+{value}")}
    others = ContactIdentity.objects.filter(kind__in=Kind.values, value__in=spelled, ended_at=None)
    values -= {value.removeprefix("+") for value in others.exclude(contact=contact).values_list("value", flat=True)}
    return Names(values | set(_recent_wamids(contact)))


def _recent_wamids(contact: Contact) -> Sequence[str]:
    """Of messages about which webhooks may still be kept."""
    since = timezone.now() - timedelta(days=setting("WHATSAPP_WEBHOOK_RETENTION_DAYS")) - 2 * _RETRIES
    sent = contact.messages.filter(created_at__gte=since, wamid__isnull=False)
    wrote = contact.inbound_messages.filter(at__gte=since)
    named = [*sent.values_list("wamid", flat=True), *wrote.values_list("wamid", flat=True)]
    return [wamid for wamid in named if wamid]


def export(contact: Contact) -> Data:
    """Everything kept about the person, in plain JSON; files are named, not contained."""
    return {
        "exportedAt": _time(timezone.now()),
        "person": {
            "contact": contact.pk,
            "name": contact.name,
            "createdAt": _time(contact.created_at),
            "lastWroteAt": _time(contact.last_wrote_at),
            "optedOutAt": _time(contact.opted_out_at),
            "optedOutOfMarketingAt": _time(contact.marketing_opted_out_at),
        },
        **sections(contact),
    }


def sections(contact: Contact) -> dict[str, list[Data]]:
    """What is kept, kind by kind."""
    kept: dict[str, list[Data]] = {
        "identities": [_identity(row) for row in contact.identities.order_by("pk")],
        "consent": [_consent(row) for row in contact.consent_records.order_by("at").select_related("stated_by")],
        "messages": [_message(row) for row in contact.messages.order_by("pk").prefetch_related("statuses")],
        "receivedMessages": [
            _inbound(row) for row in contact.inbound_messages.order_by("at", "pk").select_related("media")
        ],
        "conflicts": [
            {"kind": row.kind, "value": row.value, "evidence": row.evidence, "noticedAt": _time(row.noticed_at)}
            for row in IdentityConflict.objects.filter(Q(contact=contact) | Q(holder=contact)).order_by("pk")
        ],
        "webhooks": _webhooks(names_of(contact)),
    }
    for _receiver, added in signals.personal_data_asked.send(Contact, contact=contact):
        kept |= cast("dict[str, list[Data]]", added)
    return kept


def files(contact: Contact) -> list[Any]:
    """The files that the person sent and that are kept."""
    rows = InboundMessage.objects.filter(contact=contact, media__isnull=False).select_related("media")
    return [row.media.file for row in rows if row.media.file]


def _webhooks(names: Names) -> list[Data]:
    """Of each stored webhook only what is about this person: others may stand in the same one."""
    return [
        {"receivedAt": _time(event.received_at), "items": part(bytes(event.body), names).about}
        for event in events_naming(names)
    ]


def _identity(row: ContactIdentity) -> Data:
    return {
        "kind": row.kind,
        "value": row.value,
        "evidence": row.evidence,
        "learnedAt": _time(row.learned_at),
        "endedAt": _time(row.ended_at),
    }


def _consent(row: Any) -> Data:
    return {
        "kind": row.kind,
        "scope": row.scope,
        "source": row.source,
        "at": _time(row.at),
        "text": row.text,
        "evidence": row.evidence,
        "statedBy": row.stated_by.get_username() if row.stated_by else None,
    }


def _message(row: Message) -> Data:
    return {
        "id": str(row.pk),
        "createdAt": _time(row.created_at),
        "to": row.to_number or row.to_user_id,
        "kind": row.kind,
        "text": row.text,
        "content": row.content,
        "status": row.status,
        "wamid": row.wamid,
        "failure": row.failure_detail,
        "timeline": [{"status": step.status, "at": _time(step.at), "details": step.details} for step in row.timeline],
    }


def _inbound(row: InboundMessage) -> Data:
    media = getattr(row, "media", None)
    return {
        "wamid": row.wamid,
        "at": _time(row.at),
        "kind": row.kind,
        "text": row.text,
        "content": row.content,
        "file": {"name": media.file.name, "type": media.found_type, "size": media.size, "status": media.status}
        if media
        else None,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
