"""What speaks against inviting each row of a list, said before anything is sent."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communications import consent, contacts
from communications.models import Campaign, Contact, ContactIdentity, Message, Status
from communications.phone_numbers import parse
from invitations.batches import judging
from invitations.batches.list_rows import ListRow
from invitations.models import BatchPiece, BatchRow, Invitation, InvitationBatch
from tests.invitations.batches.conftest import numbers, verdicts_of

pytestmark = pytest.mark.django_db


def reason_of(batch, number):
    return batch.rows.get(number=number).reason


def person(number):
    return contacts.create_by_phone(parse(number), evidence="test")


def test_list_is_judged_and_then_ready(batch_of):
    batch = batch_of(numbers(3))
    assert (batch.state, batch.row_count) == ("judging", 3)

    while judging.judge_due():
        pass

    batch.refresh_from_db()
    assert (batch.state, batch.judged_count, batch.people) == ("ready", 3, 3)
    assert batch.countries == {"DE": 3}
    assert not BatchPiece.objects.exists()
    assert not Message.objects.exists()


def test_wrong_numbers_get_the_sentences_of_single_invitations(judged, invite, sandbox):
    wrong = ["3855007716", "+1 385", "+999123456789", "call me", ""]

    batch = judged(wrong)

    told = [invite(number).json()["detail"] for number in wrong]
    assert [row.verdict for row in batch.rows.all()] == ["invalid_phone_number"] * 5
    assert list(batch.rows.order_by("number").values_list("reason", flat=True)) == told
    assert batch.people == 0


def test_same_person_in_whatever_spelling_is_a_duplicate_of_the_first(judged):
    batch = judged([
        "+55 11 98765-4321", "+551187654321",
        "+52 1 55 1234 5678", "+525512345678",
        "+54 11 2345-6789", "+5491123456789",
        "+1 (202) 555-0100", "'+12025550100",
    ])  # fmt: skip

    assert verdicts_of(batch) == [(n, "valid" if n % 2 else "duplicate") for n in range(1, 9)]
    assert reason_of(batch, 2) == "It is the same person as in row 1."
    assert batch.verdicts == {"valid": 4, "duplicate": 4}


def test_duplicates_are_found_across_thousands_of_rows(judged):
    batch = judged([*numbers(2500), numbers(1)[0], *numbers(1, first=22499)])

    assert batch.verdicts == {"valid": 2500, "duplicate": 2}
    assert reason_of(batch, 2501) == "It is the same person as in row 1."
    assert reason_of(batch, 2502) == "It is the same person as in row 2500."


def test_two_numbers_of_one_person_are_one_person(judged):
    known = person("+12025550100")
    known.identities.create(kind=ContactIdentity.Kind.PHONE, value="+12025550101", evidence="test")

    batch = judged(["+12025550101", "+12025550100"])

    assert verdicts_of(batch) == [(1, "valid"), (2, "duplicate")]


def test_row_that_is_wrong_for_another_reason_does_not_make_the_next_a_duplicate(judged):
    batch = judged([ListRow(1, "+12025550100", words="x" * 5000), ListRow(2, "+12025550100")])

    assert verdicts_of(batch) == [(1, "invalid_request"), (2, "valid")]


def test_people_who_opted_out_are_left_out_in_the_words_of_single_invitations(judged):
    consent.record_opt_out(person("+12025550100"), source="word")

    batch = judged(["+12025550100", "+12025550101"])

    assert verdicts_of(batch) == [(1, "recipient_opted_out"), (2, "valid")]
    assert reason_of(batch, 1).startswith("This person has asked not to receive WhatsApp messages.")


def test_people_invited_lately_by_the_same_user_are_left_out(judged, invite, sandbox):
    invite("+12025550100")

    batch = judged(["+1 202 555 0100", "+12025550101"])

    assert verdicts_of(batch) == [(1, "recently_invited"), (2, "valid")]
    assert "You can invite them again from" in reason_of(batch, 1)


def test_failed_invitations_and_those_of_others_start_no_cool_down(judged, invite, sandbox, django_user_model):
    invite("+12025550100")
    invite("+12025550101")
    Message.objects.filter(to_number="+12025550100").update(status=Status.FAILED)
    Invitation.objects.filter(phone_number="+12025550101").update(inviter=django_user_model.objects.create_user("jane"))

    batch = judged(["+12025550100", "+12025550101"])

    assert batch.verdicts == {"valid": 2}


def test_people_who_wait_on_another_list_of_the_user_are_left_out(judged):
    running = judged(["+12025550100", "+12025550101"], name="Winter fair")
    running.campaign = Campaign.objects.create(state=Campaign.State.PAUSED)
    running.save()

    batch = judged(["+12025550100", "+12025550102"])

    assert verdicts_of(batch) == [(1, "on_another_list"), (2, "valid")]
    assert reason_of(batch, 1) == "They are on “Winter fair”, a list that is being sent."


def test_people_of_a_list_that_was_not_started_or_is_over_may_be_on_another(judged):
    judged(["+12025550100"])
    over = judged(["+12025550100"])
    over.campaign = Campaign.objects.create(state=Campaign.State.CANCELLED)
    over.save()

    assert judged(["+12025550100"]).verdicts == {"valid": 1}


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("", "valid"),
        ("Hello Ann", "valid"),
        ("x" * 4096, "valid"),
        ("x" * 4097, "invalid_request"),
    ],
)
def test_own_words_are_judged_as_a_message_is(judged, words, verdict):
    batch = judged([ListRow(1, "+12025550100", words=words)])

    assert verdicts_of(batch) == [(1, verdict)]


def test_row_without_words_in_a_list_without_any_says_so(judged):
    batch = judged([ListRow(1, "+12025550100"), ListRow(2, "+12025550101", words="Hello")], message="")

    assert verdicts_of(batch) == [(1, "invalid_request"), (2, "valid")]
    assert reason_of(batch, 1) == "Write a message: it is empty."


def test_words_have_to_fit_into_the_template(judged, settings):
    settings.WHATSAPP_INVITATION_TEMPLATE = "business_invitation"

    batch = judged([ListRow(1, "+12025550100", words="x" * 1000), ListRow(2, "+12025550101", words="x" * 800)])

    assert verdicts_of(batch) == [(1, "invalid_request"), (2, "valid")]
    assert "with the template around it" in reason_of(batch, 1)


def test_words_leave_room_for_the_link(judged):
    batch = judged([ListRow(1, "+12025550100", words="x" * 4096)], link_base="https://dott.example")

    assert "the invitation link takes the rest" in reason_of(batch, 1)


def test_row_that_cannot_be_read_says_why(judged):
    batch = judged([ListRow(1, "+12025550100", problem="Give message as text in quotes.")])

    assert verdicts_of(batch) == [(1, "invalid_request")]
    assert reason_of(batch, 1) == "Give message as text in quotes."


def test_characters_that_are_no_text_are_left_out_of_names_and_refused_in_words(judged):
    batch = judged([ListRow(1, "+12025550100", "An\x00n", "\ud83dAcme"), ListRow(2, "+12025550101", words="Hi\x00")])

    assert batch.rows.values_list("recipient_name", "company_name").get(number=1) == ("Ann", "Acme")
    assert "characters that are not text" in reason_of(batch, 2)


def test_long_names_are_cut_and_long_cells_are_no_numbers(judged):
    batch = judged([ListRow(1, "+12025550100", "A" * 300, "B" * 300), ListRow(2, "9" * 500)])

    assert [len(row.recipient_name) for row in batch.rows.order_by("number")] == [200, 0]
    assert "too long to be a phone number" in reason_of(batch, 2)


def test_number_of_queries_grows_with_thousands_of_rows_and_not_with_rows(batch_of, invite, sandbox):
    invite(numbers(1)[0])
    counts = []
    for count in (10, 1000):
        batch_of(numbers(count))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            judging.judge_due()
        counts.append(sum(not query["sql"].startswith("INSERT") for query in queries))

    assert counts[0] == counts[1] < 16


def test_small_list_does_not_wait_for_a_large_one(batch_of):
    batch_of(numbers(3000))
    judging.judge_due()
    small = batch_of(numbers(5))

    judging.judge_due()

    small.refresh_from_db()
    assert small.state == "ready"


def test_process_that_dies_leaves_its_portion_to_the_next(batch_of, monkeypatch):
    batch = batch_of(numbers(1500))
    judging.judge_due()
    with monkeypatch.context() as broken:
        broken.setattr(BatchPiece, "delete", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            judging.judge_due()

    while judging.judge_due():
        pass

    batch.refresh_from_db()
    assert (batch.state, batch.judged_count, batch.rows.count()) == ("ready", 1500, 1500)


def test_cool_down_that_is_over_is_over(judged, invite, sandbox):
    invite("+12025550100")
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(hours=25))

    assert judged(["+12025550100"]).verdicts == {"valid": 1}


def test_one_valid_row_for_each_number_is_held_by_the_database(judged):
    batch = judged(["+12025550100"])

    with pytest.raises(IntegrityError):
        BatchRow.objects.create(batch=batch, number=2, phone_number="+12025550100", verdict="valid")


def test_contacts_are_not_made_for_those_who_were_only_looked_at(judged):
    judged(numbers(3))

    assert not Contact.objects.exists()
    assert InvitationBatch.objects.get().people == 3
