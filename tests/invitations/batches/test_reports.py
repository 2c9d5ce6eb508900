"""The file with every row, its verdict and what became of it."""

import csv
import io
import tracemalloc

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communications.models import Message, Status
from invitations.batches import control, queueing
from invitations.batches.csv_lists import CSVList
from invitations.batches.list_rows import ListRow
from invitations.batches.reports import report
from invitations.models import BatchRow, InvitationBatch
from tests.invitations.batches.conftest import numbers, work_off

pytestmark = pytest.mark.django_db(transaction=True)


def text_of(batch):
    return "".join(report(InvitationBatch.objects.select_related("campaign").get(pk=batch.pk)))


def rows_of(batch):
    return list(csv.DictReader(io.StringIO(text_of(batch).removeprefix("\ufeff"))))


def test_every_row_stands_there_with_its_verdict(judged):
    batch = judged([ListRow(2, "+1 202 555 0100", "Ann", "Acme"), ListRow(4, "call me", "Bob")])

    ann, bob = rows_of(batch)

    assert text_of(batch).startswith("\ufeffrow,phoneNumber,given,")
    assert (ann["row"], ann["phoneNumber"], ann["recipientName"], ann["verdict"]) == (
        "2",
        "+12025550100",
        "Ann",
        "valid",
    )
    assert (bob["row"], bob["given"], bob["verdict"]) == ("4", "call me", "invalid_phone_number")
    assert bob["reason"].startswith("Leave out letters")
    assert (ann["status"], bob["status"]) == ("", "")


def test_later_it_tells_what_became_of_each(judged, sandbox):
    batch = control.start(judged([*numbers(3), "call me"]))
    work_off()
    failed, read = Message.objects.order_by("pk")[:2]
    Message.objects.filter(pk=failed.pk).update(status=Status.FAILED, meta_code=131026, failure_code="send_failed")
    Message.objects.filter(pk=read.pk).update(status=Status.READ)

    rows = rows_of(batch)

    assert [row["status"] for row in rows] == ["failed", "read", "accepted", ""]
    assert "WhatsApp" in rows[0]["statusReason"]
    assert rows[1]["messageId"].startswith("wamid.")
    assert rows[1]["invitationId"]
    assert rows[1]["sentAt"].endswith("+00:00")


def test_people_who_wait_and_those_who_were_cancelled_say_so(judged, sandbox, monkeypatch):
    monkeypatch.setattr(queueing, "PORTION", 1)
    monkeypatch.setattr(queueing, "LEAST_ROOM", 1)
    monkeypatch.setattr(queueing, "SECONDS_OF_ROOM", 0)
    batch = control.start(judged(numbers(2)))
    queueing.queue_due()
    assert [row["status"] for row in rows_of(batch)] == ["queued", "waiting"]

    control.cancel(batch)

    assert [row["status"] for row in rows_of(batch)] == ["cancelled", "cancelled"]


def test_formulas_in_any_cell_are_harmless_and_numbers_stay_usable(judged):
    batch = judged([ListRow(2, "=cmd|'/c calc'!A1", '=HYPERLINK("http://x")', "@x"), ListRow(3, "+12025550100", "-1")])

    wrong, right = rows_of(batch)

    cells = [*wrong.values(), *(value for name, value in right.items() if name != "phoneNumber")]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r")]
    assert right["phoneNumber"] == "+12025550100"


def test_report_can_be_corrected_and_sent_again(judged):
    batch = judged([ListRow(2, "+1 202 555 0100", "Ann", "Acme"), ListRow(3, "+1 202 555", "Bob")])
    corrected = text_of(batch).replace("+1 202 555,", "+12025550101,").replace("'+12025550101", "+12025550101")

    people = list(CSVList.open(io.BytesIO(corrected.encode())).rows())

    assert [(row.recipient_name, row.company_name) for row in people] == [("Ann", "Acme"), ("Bob", "")]
    assert [row.verdict for row in judged(people).rows.order_by("number")] == ["valid", "valid"]


def test_neither_memory_nor_queries_grow_with_the_list(judged):
    batch = judged(numbers(1))
    template = batch.rows.get()
    peaks, counts = [], []
    for count in (1_000, 8_000):
        BatchRow.objects.all().delete()
        BatchRow.objects.bulk_create(
            BatchRow(batch=batch, number=number, phone_number=f"+1{number:010}", country="US", verdict=template.verdict)
            for number in range(1, count + 1)
        )
        tracemalloc.start()
        with CaptureQueriesContext(connection) as queries:
            assert sum(part.count("\n") for part in report(batch)) == count + 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        counts.append(len(queries) / (count / 1000))

    assert peaks[1] < peaks[0] + 3_000_000
    assert counts[1] <= counts[0]
