"""What the first people of a list will read, before anything is sent."""

from dataclasses import dataclass

from communications.models import Contact
from communications.phone_numbers import PhoneNumber
from invitations.carriers import Words
from invitations.links import TOKEN_TO_COME
from invitations.models import BatchRow, InvitationBatch
from invitations.previews import Draft, draft_for

SHOWN = 3


@dataclass(frozen=True)
class Sample:
    """A row, and its message as it would be sent now."""

    row: BatchRow
    draft: Draft


def first_messages(batch: InvitationBatch, *, base_url: str) -> list[Sample]:
    """The messages of the first people who can be invited; `base_url` is where a template's button leads."""
    rows = list(batch.rows.filter(verdict=BatchRow.Verdict.VALID).order_by("number")[:SHOWN])
    people = Contact.objects.with_phones([row.phone_number for row in rows])
    return [Sample(row, _draft(batch, row, people.get(row.phone_number), base_url)) for row in rows]


def _draft(batch: InvitationBatch, row: BatchRow, person: Contact | None, base_url: str) -> Draft:
    words = Words(
        message=row.words or batch.message,
        sender_name=batch.sender_name,
        token=TOKEN_TO_COME,
        link_base=batch.link_base,
    )
    return draft_for(PhoneNumber(e164=row.phone_number, country=row.country), person, words, base_url)
