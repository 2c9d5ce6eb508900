"""A portion of a list becomes invitations with a message each: decided, and written with a fixed number of queries."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from communications import bulk, bulk_insert, consent
from communications.bulk import Addressed
from communications.errors import WhatsAppError
from communications.models import Contact, time_ordered_uuid
from communications.sentences import Sentence
from invitations import services
from invitations.batches.judging import explain
from invitations.batches.people import People
from invitations.batches.wordings import Wordings
from invitations.models import BatchRow, Invitation, InvitationBatch, InvitationMessage, new_token

Verdict = BatchRow.Verdict


@dataclass(frozen=True)
class _Carried:
    """A row, and the invitation that its message carries: the person's `live` one once more, or a new one."""

    row: BatchRow
    key: UUID
    token: str
    live: Invitation | None
    addressed: Addressed


def carry(batch: InvitationBatch, rows: Sequence[BatchRow]) -> None:
    """Invite the people of these rows. Runs in a transaction that has locked the batch and the inviter.

    Rows that may not be sent any more say why; `batch.verdicts` is brought up to date, and not saved.
    """
    before = {row.pk: (str(row.verdict), row.reason) for row in rows}
    carried = list(_decide(batch, rows))
    addressed = [each.addressed for each in carried]
    messages = bulk.queue(batch.started_campaign, addressed, expires_at=timezone.now() + services.GIVEN_UP_AFTER)
    _write(batch, carried, messages)
    _write_verdicts([row for row in rows if before[row.pk] != (row.verdict, row.reason)])
    verdicts = Counter(batch.verdicts)
    verdicts.subtract(verdict for verdict, _reason in before.values())
    verdicts.update(str(row.verdict) for row in rows)
    batch.verdicts = dict(+verdicts)


def _decide(batch: InvitationBatch, rows: Sequence[BatchRow]) -> Iterator[_Carried]:
    contacts = bulk.people_with([row.phone_number for row in rows])
    invitations = Invitation.objects.filter(inviter=batch.inviter, contact__in=contacts.values())
    services.keep_answers_waiting(invitations.filter(state__in=Invitation.LIVE_STATES))
    people = People(batch.inviter, contacts)
    wordings = Wordings(batch)
    invited = _already_invited(batch, people.contacts.values())
    for row in rows:
        contact, live = people.contacts[row.phone_number], people.live_invitation(row.phone_number)
        if contact.pk in invited:
            row.verdict, row.reason = Verdict.DUPLICATE, Sentence("It is the same person as in another row.")
            continue
        key, token = (live.pk, live.token) if live else (time_ordered_uuid(), new_token())
        refusal = people.refusal(row.phone_number)
        try:
            if refusal:
                raise refusal
            draft = wordings.compose(row, contact, token)
        except WhatsAppError as exc:
            explain(row, exc)
            continue
        invited.add(contact.pk)
        row.verdict, row.reason = Verdict.VALID, ""
        yield _Carried(row, key, token, live, Addressed(contact, row.phone_number, draft))


def _already_invited(batch: InvitationBatch, contacts: Iterable[Contact]) -> set[int]:
    """Those whom another row of this list has reached: since it was judged, two numbers turned out to be theirs."""
    found = Invitation.objects.filter(batch=batch, contact__in={contact.pk for contact in contacts})
    return set(found.values_list("contact_id", flat=True))


def _write(batch: InvitationBatch, carried: Sequence[_Carried], messages: Sequence[UUID]) -> None:
    common = {
        "sender_name": batch.sender_name,
        "sender_email": batch.sender_email,
        "link_base": batch.link_base,
        "last_sent_at": timezone.now(),
        "batch_id": batch.pk,
    }
    sent = list(zip(carried, messages, strict=True))
    new = [(each, message) for each, message in sent if each.live is None]
    services.make_room(batch.inviter, [each.addressed.contact for each, _message in new])
    rows = [{"id": each.key, "token": each.token, **_fields(batch, each, message)} for each, message in new]
    bulk_insert.insert(Invitation, rows, inviter=batch.inviter, **common)
    _carry_again(batch, [(each, message) for each, message in sent if each.live], common)
    rows = [{"invitation_id": each.key, "message_id": message, "batch_row_id": each.row.pk} for each, message in sent]
    bulk_insert.insert(InvitationMessage, rows, sent_by=batch.inviter)
    if batch.consent_words:
        people = [each.addressed.contact for each in carried]
        consent.record_statements(people, stated_by=batch.inviter, source=batch.source, text=batch.consent_words)


def _fields(batch: InvitationBatch, carried: _Carried, message: UUID) -> dict[str, Any]:
    """What an invitation has for itself; what the row leaves open of a live one stays."""
    row, live = carried.row, carried.live
    return {
        "contact_id": carried.addressed.contact.pk,
        "phone_number": row.phone_number,
        "message": row.words or batch.message,
        "recipient_name": row.recipient_name or (live.recipient_name if live else ""),
        "company_name": row.company_name or (live.company_name if live else ""),
        "newest_message_id": message,
    }


def _carry_again(batch: InvitationBatch, sent: Sequence[tuple[_Carried, UUID]], common: Mapping[str, Any]) -> None:
    # The state of a live invitation is not ours to write here: the invited person may be changing it.
    live = []
    for each, message in sent:
        if each.live:
            for name, value in _fields(batch, each, message).items():
                setattr(each.live, name, value)
            live.append(each.live)
    Invitation.objects.filter(pk__in=[each.pk for each in live]).update(**common)
    changing = ["newest_message", "phone_number", "message", "recipient_name", "company_name"]
    Invitation.objects.bulk_update(live, changing, batch_size=200)


def _write_verdicts(rows: Sequence[BatchRow]) -> None:
    alike: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        alike.setdefault((row.verdict, row.reason), []).append(row.pk)
    for (verdict, reason), keys in alike.items():
        BatchRow.objects.filter(pk__in=keys).update(verdict=verdict, reason=reason)
