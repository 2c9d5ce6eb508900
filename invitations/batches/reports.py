"""Every row of a list with its verdict, and with what became of it since: a CSV file for people and for programs.

It can be corrected and sent again as it is: its column of numbers is found, and what we wrote beside it passed over.
"""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from communications.api.failures import failure_of
from communications.errors import Cancelled
from communications.models import Campaign, Message
from invitations.batches.tallies import CANCELLED, WAITING
from invitations.models import BatchRow, InvitationBatch, InvitationMessage
from invitations.spreadsheet_cells import harmless

COLUMNS = (
    "row", "phoneNumber", "given", "recipientName", "companyName", "verdict", "reason", "status", "statusReason",
    "sentAt", "messageId", "invitationId",
)  # fmt: skip

_PORTION = 1000


def report(batch: InvitationBatch) -> Iterator[str]:
    """The lines of the file, in the order of the list; memory does not grow with it.

    It begins with the mark that makes Excel read it as UTF-8.
    """
    yield "\ufeff" + _lines([COLUMNS])
    last = 0
    while rows := list(batch.rows.filter(number__gt=last).order_by("number")[:_PORTION]):
        last = rows[-1].number
        sent = InvitationMessage.objects.filter(batch_row__in=rows).select_related("message")
        by_row = {each.batch_row_id: each for each in sent}
        yield _lines([_cells(batch, row, by_row.get(row.pk)) for row in rows])


def _cells(batch: InvitationBatch, row: BatchRow, sent: InvitationMessage | None) -> list[str]:
    status, reason = _status(batch, row, sent)
    return [
        str(row.number),
        # A plus and digits are a number, and no formula: it stays as other programs take it.
        row.phone_number or harmless(row.given),
        harmless(row.given),
        harmless(row.recipient_name),
        harmless(row.company_name),
        row.verdict,
        harmless(row.reason),
        status,
        reason,
        sent.sent_at.isoformat(timespec="seconds") if sent else "",
        (sent.message.wamid or "") if sent else "",
        str(sent.invitation_id) if sent else "",
    ]


def _status(batch: InvitationBatch, row: BatchRow, sent: InvitationMessage | None) -> tuple[str, str]:
    """The status of the row's message, or why there is none yet."""
    if sent:
        return _status_of(sent.message)
    if row.verdict not in {BatchRow.Verdict.VALID, BatchRow.Verdict.WAITING} or batch.campaign is None:
        return "", ""
    return (CANCELLED, Cancelled().detail) if batch.state == Campaign.State.CANCELLED else (WAITING, "")


def _status_of(message: Message) -> tuple[str, str]:
    if message.failure_code == CANCELLED:
        return CANCELLED, Cancelled().detail
    failure = failure_of(message)
    return message.status, harmless(failure.detail) if failure else ""


def _lines(lines: Sequence[Sequence[str]]) -> str:
    written = StringIO()
    csv.writer(written).writerows(lines)
    return written.getvalue()
