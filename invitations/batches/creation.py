"""A list becomes a batch: its rows are kept as they were given, a thousand together, and judged afterwards."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction

from communications import broker
from communications.errors import InvalidMessage
from communications.message_text import check_characters, readable
from communications.said import said
from communications.sentences import Sentence
from invitations.batches import judging
from invitations.batches.list_rows import ListRefused, ListRow, require_room
from invitations.models import BatchPiece, InvitationBatch

PIECE = 1000
LIST_CONSENT_STATEMENT = Sentence(
    "Each person on this list agreed to be contacted over WhatsApp about this invitation."
)


@transaction.atomic
def create(
    *,
    inviter: Any,
    rows: Iterator[ListRow],
    warnings: Sequence[str] = (),
    has_consent: bool = False,
    **fields: Any,
) -> InvitationBatch:
    """Keep the rows of a list; nothing is sent before somebody starts the batch.

    `fields` are those of `InvitationBatch`: name, message, sender_name, sender_email, link_base, source and country.
    With `has_consent` the inviter's statement is kept in the words in which it was read. Raises `ListRefused`, and then
    nothing is kept. Memory does not grow with the list.
    """
    batch = InvitationBatch.objects.create(
        inviter=inviter,
        warnings=list(warnings),
        consent_words=said(LIST_CONSENT_STATEMENT) if has_consent else "",
        **fields,
    )
    for number, piece in enumerate(_pieces(rows)):
        batch.row_count += len(piece)
        require_room(batch.row_count)
        BatchPiece.objects.create(batch=batch, number=number, rows=piece)
    if not batch.row_count:
        raise ListRefused("It has no row with a person.")
    batch.save(update_fields=["row_count"])
    broker.ring(judging.JOB)
    return batch


def _pieces(rows: Iterator[ListRow]) -> Iterator[list[ListRow]]:
    while piece := [storable(row) for row in islice(rows, PIECE)]:
        yield piece


def storable(row: ListRow) -> ListRow:
    """A name loses what is no text; the words of a message are not ours to change, so the row says what is wrong."""
    row = row._replace(
        phone=readable(row.phone), recipient_name=readable(row.recipient_name), company_name=readable(row.company_name)
    )
    try:
        check_characters(row.words)
    except InvalidMessage as exc:
        return row._replace(words="", problem=row.problem or exc.detail)
    return row
