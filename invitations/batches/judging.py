"""What speaks against inviting each row of a list, said before anything is sent. A thousand rows at a time.

The rows of a batch are judged in order, so that of two rows with the same person the first is the one that counts.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from django.db.models import F

from communications import bulk_insert
from communications.errors import (
    InvalidMessage,
    InvalidPhoneNumber,
    RecipientOptedOut,
    TemplateUnavailable,
    WhatsAppError,
)
from communications.models import Contact
from communications.sentences import Sentence
from invitations.batches.list_rows import ListRow
from invitations.batches.number_cells import number_in
from invitations.batches.people import People
from invitations.batches.portions import portion
from invitations.batches.wordings import Wordings
from invitations.errors import RecentlyInvited
from invitations.models import BatchRow, InvitationBatch

Verdict = BatchRow.Verdict

JOB = "lists to be judged"

_KEPT = (
    "number", "given", "phone_number", "country", "recipient_name", "company_name", "words", "verdict", "reason",
)  # fmt: skip

VERDICT_OF: dict[type[WhatsAppError], BatchRow.Verdict] = {
    InvalidPhoneNumber: Verdict.INVALID_NUMBER,
    InvalidMessage: Verdict.INVALID_ROW,
    RecipientOptedOut: Verdict.OPTED_OUT,
    RecentlyInvited: Verdict.RECENTLY_INVITED,
    TemplateUnavailable: Verdict.WAITING,
}


@portion()
def judge_due() -> int:
    """Judge a portion of the list that has come least far; return how many rows it had.

    A process that dies leaves the portion to the next one.
    """
    waiting = InvitationBatch.objects.filter(stage=InvitationBatch.Stage.JUDGING)
    batch = waiting.select_for_update(skip_locked=True, no_key=True).order_by("judged_count", "pk").first()
    if batch is None:
        return 0
    piece = batch.pieces.order_by("number").first()
    judged = judge(batch, [ListRow(*row) for row in piece.rows]) if piece else []
    if piece:
        bulk_insert.insert(BatchRow, [{name: getattr(row, name) for name in _KEPT} for row in judged], batch=batch)
        piece.delete()
    _count(batch, judged)
    if not batch.pieces.exists():
        batch.stage = InvitationBatch.Stage.READY
    batch.save(update_fields=["judged_count", "verdicts", "countries", "stage"])
    return max(1, len(judged))


def judge(batch: InvitationBatch, rows: Sequence[ListRow]) -> list[BatchRow]:
    """Say of each row whether the person can be invited now, and why not. The number of queries is fixed."""
    judged = [_read(batch, row) for row in rows]
    bench = _Bench(batch, [each for each in judged if each.verdict == Verdict.VALID])
    for row in judged:
        if row.verdict == Verdict.VALID:
            bench.judge(row)
    return judged


def explain(row: BatchRow, refusal: WhatsAppError) -> None:
    """Write a refusal on the row, in the words that a single invitation gets."""
    row.verdict = VERDICT_OF[type(refusal)]
    names_itself = isinstance(refusal, InvalidPhoneNumber | InvalidMessage | TemplateUnavailable)
    row.reason = refusal.detail if names_itself else f"{refusal.error}. {refusal.detail}"


def _read(batch: InvitationBatch, row: ListRow) -> BatchRow:
    """The row with its number read, if it is one."""
    read = BatchRow(
        batch_id=batch.pk,
        number=row.number,
        given=row.phone[:60],
        recipient_name=row.recipient_name[:200],
        company_name=row.company_name[:200],
        words=row.words,
        verdict=Verdict.VALID,
    )
    if row.problem:
        read.verdict, read.reason = Verdict.INVALID_ROW, row.problem
        return read
    try:
        number = number_in(row.phone, country=batch.country)
    except InvalidPhoneNumber as refusal:
        explain(read, refusal)
    else:
        read.phone_number, read.country = number.e164, number.country
    return read


class _Bench:
    """What is known about the people of a portion, and who of them is on a list already."""

    def __init__(self, batch: InvitationBatch, rows: Sequence[BatchRow]) -> None:
        self._people = People.with_numbers(batch.inviter, [row.phone_number for row in rows])
        self._wordings = Wordings(batch)
        # One person may have several numbers.
        self._aliases = self._people.aliases()
        wanted = {number for row in rows for number in self._numbers(row)}
        self._rows_before = _valid_rows(batch, wanted)
        self._other_lists = _lists_being_sent(batch, wanted)

    def judge(self, row: BatchRow) -> None:
        numbers = self._numbers(row)
        before = min((self._rows_before[each] for each in numbers if each in self._rows_before), default=None)
        other = next((self._other_lists[each] for each in numbers if each in self._other_lists), None)
        if before is not None:
            row.verdict, row.reason = (
                Verdict.DUPLICATE,
                Sentence("It is the same person as in row %(row)d.", row=before),
            )
        elif refusal := self._people.refusal(row.phone_number) or self._wordings.refusal(row, self._contact(row)):
            explain(row, refusal)
        elif other is not None:
            row.verdict, row.reason = (
                Verdict.ON_ANOTHER_LIST,
                Sentence("They are on “%(list)s”, a list that is being sent.", list=other),
            )
        else:
            self._rows_before |= dict.fromkeys(numbers, row.number)

    def _contact(self, row: BatchRow) -> Contact | None:
        return self._people.contacts.get(row.phone_number)

    def _numbers(self, row: BatchRow) -> Collection[str]:
        contact = self._contact(row)
        return {row.phone_number, *self._aliases.get(contact.pk, ())} if contact else {row.phone_number}


def _valid_rows(batch: InvitationBatch, numbers: Collection[str]) -> dict[str, int]:
    found = BatchRow.objects.filter(batch=batch, verdict=Verdict.VALID, phone_number__in=numbers)
    return dict(found.values_list("phone_number", "number"))


def _lists_being_sent(batch: InvitationBatch, numbers: Collection[str]) -> dict[str, str]:
    """The inviter's started lists on which somebody with these numbers still waits, by number."""
    lists = InvitationBatch.objects.being_sent().filter(inviter=batch.inviter_id).exclude(pk=batch.pk)
    names = dict(lists.values_list("pk", "name"))
    if not names:
        return {}
    waiting = BatchRow.objects.filter(
        batch__in=names, verdict=Verdict.VALID, phone_number__in=numbers, number__gt=F("batch__queued_to")
    )
    return {number: names[pk] for number, pk in waiting.values_list("phone_number", "batch_id")}


def _count(batch: InvitationBatch, judged: Sequence[BatchRow]) -> None:
    valid = [row for row in judged if row.verdict == Verdict.VALID]
    batch.judged_count += len(judged)
    batch.verdicts = dict(Counter(batch.verdicts) + Counter(str(row.verdict) for row in judged))
    batch.countries = dict(Counter(batch.countries) + Counter(row.country for row in valid))
