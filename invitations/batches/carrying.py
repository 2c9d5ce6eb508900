"""A portion of a list becomes invitations with a message each: decided, and written with a fixed number of queries."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from communications import bulk, consent
from communications.bulk import Addressed
from communications.errors import WhatsAppError
from communications.models import Contact, Message
from communications.sentences import Sentence
from invitations import services
from invitations.batches.judging import explain
from invitations.batches.people import People
from invitations.batches.wordings import Wordings
from invitations.models import BatchRow, Invitation, InvitationBatch, InvitationMessage

Verdict = BatchRow.Verdict

LIST_CONSENT_STATEMENT = Sentence(
    "Each person on this list agreed to be contacted over WhatsApp about this invitation."
)


@dataclass(frozen=True)
class _Carried:
    """A row, and the invitation that its message carries: a new one, or the person's open one once more."""

    row: BatchRow
    invitation: Invitation
    addressed: Addressed
    is_new: bool


def carry(batch: InvitationBatch, rows: Sequence[BatchRow]) -> None:
    """Invite the people of these rows. Runs in a transaction that has locked the batch and the inviter.

    Rows that may not be sent any more say why; `batch.verdicts` is brought up to date, and not saved.
    """
    before = {row.pk: (str(row.verdict), row.reason) for row in rows}
    carried = list(_decide(batch, rows))
    messages = bulk.queue(
        batch.started_campaign,
        [each.addressed for each in carried],
        expires_at=timezone.now() + services.GIVEN_UP_AFTER,
    )
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
        invitation = live or Invitation(inviter=batch.inviter)
        refusal = people.refusal(row.phone_number)
        try:
            if refusal:
                raise refusal
            draft = wordings.compose(row, contact, invitation.token)
        except WhatsAppError as exc:
            explain(row, exc)
            continue
        invited.add(contact.pk)
        row.verdict, row.reason = Verdict.VALID, ""
        yield _Carried(row, invitation, Addressed(contact, row.phone_number, draft), is_new=live is None)


def _already_invited(batch: InvitationBatch, contacts: Iterable[Contact]) -> set[int]:
    """Those whom another row of this list has reached: since it was judged, two numbers turned out to be theirs."""
    found = Invitation.objects.filter(batch=batch, contact__in={contact.pk for contact in contacts})
    return set(found.values_list("contact_id", flat=True))


def _write(batch: InvitationBatch, carried: Sequence[_Carried], messages: Sequence[Message]) -> None:
    common = {
        "sender_name": batch.sender_name,
        "sender_email": batch.sender_email,
        "link_base": batch.link_base,
        "last_sent_at": timezone.now(),
        "batch": batch,
    }
    for each, message in zip(carried, messages, strict=True):
        _fill_in(each, message, {"message": each.row.words or batch.message, **common})
    new = [each for each in carried if each.is_new]
    services.make_room(batch.inviter, [each.addressed.contact for each in new])
    Invitation.objects.bulk_create(each.invitation for each in new)
    again = [each.invitation for each in carried if not each.is_new]
    # The state of a live invitation is not ours to write here: the invited person may be changing it.
    Invitation.objects.filter(pk__in=[each.pk for each in again]).update(**common)
    Invitation.objects.bulk_update(
        again, ["newest_message", "phone_number", "message", "recipient_name", "company_name"], batch_size=200
    )
    InvitationMessage.objects.bulk_create(
        InvitationMessage(invitation=each.invitation, message=message, sent_by=batch.inviter, batch_row=each.row)
        for each, message in zip(carried, messages, strict=True)
    )
    if batch.has_consent:
        people = [each.addressed.contact for each in carried]
        consent.record_statements(people, stated_by=batch.inviter, source=batch.source, text=LIST_CONSENT_STATEMENT)


def _fill_in(carried: _Carried, message: Message, common: dict[str, object]) -> None:
    row, invitation = carried.row, carried.invitation
    fields = {
        **common,
        "contact": carried.addressed.contact,
        "phone_number": row.phone_number,
        "recipient_name": row.recipient_name or invitation.recipient_name,
        "company_name": row.company_name or invitation.company_name,
        "newest_message": message,
    }
    for name, value in fields.items():
        setattr(invitation, name, value)


def _write_verdicts(rows: Sequence[BatchRow]) -> None:
    alike: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        alike.setdefault((row.verdict, row.reason), []).append(row.pk)
    for (verdict, reason), keys in alike.items():
        BatchRow.objects.filter(pk__in=keys).update(verdict=verdict, reason=reason)
