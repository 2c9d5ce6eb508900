"""What lists keep of a person: told, erased, and remembered where they did not want to be written to."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from communications import consent, contacts, erasure, personal_data
from communications.models import Contact
from communications.phone_numbers import parse
from invitations.batches import control, judging, queueing
from invitations.batches.list_rows import ListRow
from invitations.models import BatchPiece, InvitationBatch
from tests.invitations.batches.conftest import numbers, verdicts_of, work_off

pytestmark = pytest.mark.django_db(transaction=True)

ANN = ListRow(1, "+1 202 555 0100", "Ann", "Acme", "Hello Ann")


def person(number="+12025550100"):
    return Contact.objects.with_phone(number) or contacts.create_by_phone(parse(number), evidence="test")


def test_person_is_told_on_which_lists_they_stand(judged):
    batch = judged([ANN, "+12025550101"])

    told = personal_data.sections(person())

    assert told["listRows"] == [
        {
            "list": str(batch.pk),
            "invitedBy": "john",
            "row": 1,
            "given": "+1 202 555 0100",
            "phoneNumber": "+12025550100",
            "recipientName": "Ann",
            "companyName": "Acme",
            "message": "Hello Ann",
            "verdict": "valid",
        }
    ]


@pytest.mark.parametrize("number", ["+12025550100", "+1 (202) 555-0100"])
def test_person_who_only_stands_on_a_list_is_found_told_and_erased(judged, number):
    batch = judged([ANN, "+12025550101"])
    control.cancel(batch)

    [found] = personal_data.find(number)
    told = personal_data.sections(found)
    erasure.forget(found, tell_meta=False)

    assert [row["recipientName"] for row in told["listRows"]] == ["Ann"]
    assert batch.rows.get(number=1).recipient_name == ""
    with pytest.raises(personal_data.UnknownPerson):
        personal_data.find(number)


def test_person_on_a_list_that_is_still_to_be_checked_is_found(batch_of):
    batch_of([ANN, "+12025550101"])

    [found] = personal_data.find("+12025550100")

    assert [row["verdict"] for row in personal_data.sections(found)["listRows"]] == [None]


def test_who_has_a_number_now_goes_before_who_had_it(judged):
    former = person()
    contacts.end_identities([(former, ("phone", "+12025550100"))])
    judged([ANN])

    [found] = personal_data.find("+12025550100")

    assert found != former


def test_erased_person_is_taken_out_of_a_list_that_waits(judged, sandbox):
    batch = judged([ANN, "+12025550101"])

    erasure.forget(person(), tell_meta=False)
    control.start(batch)
    work_off()

    batch = InvitationBatch.objects.get(pk=batch.pk)
    row = batch.rows.get(number=1)
    assert [message["to"] for message in sandbox.messages()] == ["+12025550101"]
    assert (row.given, row.phone_number, row.recipient_name, row.company_name, row.words) == ("",) * 5
    assert row.reason == "This person's data was erased."
    assert (batch.verdicts, batch.state) == ({"valid": 1, "invalid_request": 1}, "finished")


def test_people_of_one_list_who_got_their_message_can_all_be_erased(judged, sandbox):
    batch = judged(["+12025550100", "+12025550101", "+12025550102"])
    control.start(batch)
    work_off()

    for number in ("+12025550100", "+12025550101"):
        erasure.forget(person(number), tell_meta=False)

    assert list(batch.rows.order_by("number").values_list("phone_number", flat=True)) == ["", "", "+12025550102"]


def test_who_was_erased_and_wanted_no_messages_still_gets_none(judged, sandbox):
    ready = judged([*numbers(1), "+12025550100"])
    consent.record_opt_out(person(), source="word")
    erasure.forget(person(), tell_meta=False)

    later = judged(["+12025550100"])
    control.start(ready)
    queueing.queue_due()

    assert verdicts_of(later) == [(1, "recipient_opted_out")]
    assert verdicts_of(ready)[1] != (2, "valid")
    work_off()
    assert [message["to"] for message in sandbox.messages()] == numbers(1)


@pytest.mark.postgres
def test_erasure_waits_for_a_list_that_is_being_queued(judged, sandbox, monkeypatch):
    """A list is locked before its people are: whoever locks a person first would block it, and be blocked."""
    batch = control.start(judged(["+12025550100", "+12025550101"]))
    contact = person()
    carry = queueing.carry

    def erase():
        try:
            erasure.forget(contact, tell_meta=False)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        erasing = []

        def carry_while_somebody_is_erased(*arguments):
            erasing.append(pool.submit(erase))
            wait_until_somebody_waits_for_a_lock()
            carry(*arguments)

        monkeypatch.setattr(queueing, "carry", carry_while_somebody_is_erased)
        queueing.queue_due()
        erasing[0].result(timeout=20)

    work_off()
    assert [message["to"] for message in sandbox.messages()] == ["+12025550101"]
    assert list(batch.rows.order_by("number").values_list("phone_number", flat=True)) == ["", "+12025550101"]


@pytest.mark.postgres
def test_erasure_waits_for_a_list_that_is_being_judged(batch_of, monkeypatch):
    batch = batch_of([ANN, "+12025550101"])
    contact = person()
    judge = judging.judge

    def erase():
        try:
            erasure.forget(contact, tell_meta=False)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        erasing = []

        def judge_while_somebody_is_erased(*arguments):
            erasing.append(pool.submit(erase))
            wait_until_somebody_waits_for_a_lock()
            return judge(*arguments)

        monkeypatch.setattr(judging, "judge", judge_while_somebody_is_erased)
        judging.judge_due()
        erasing[0].result(timeout=20)

    assert batch.rows.get(number=1).recipient_name == ""
    assert not BatchPiece.objects.exists()


def wait_until_somebody_waits_for_a_lock():
    for _ in range(100):
        with connection.cursor() as cursor:
            # A transaction is told the same again otherwise.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("nobody waited")
