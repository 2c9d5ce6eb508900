"""What lists keep of a person: told, erased, and remembered where they did not want to be written to."""

import pytest

from communications import consent, contacts, erasure, personal_data
from communications.models import Contact
from communications.phone_numbers import parse
from invitations.batches import control, queueing
from invitations.batches.list_rows import ListRow
from invitations.models import InvitationBatch
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
            "row": 1,
            "given": "+1 202 555 0100",
            "phoneNumber": "+12025550100",
            "recipientName": "Ann",
            "companyName": "Acme",
            "message": "Hello Ann",
            "verdict": "valid",
        }
    ]


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
