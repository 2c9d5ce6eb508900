"""What became of messages is recorded together, forward only, whoever knows it first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications import results, signals
from communications.claims import Claims
from communications.errors import DeliveryUnconfirmed, MetaUnreachable, NotConfigured, SendFailed
from communications.graph.client import Credentials
from communications.graph.protocol import Accepted
from communications.models import Campaign, ConsentRecord, ContactIdentity, Message, MessageStatus, Status
from communications.results import Outcome, judged
from communications.statuses import StatusUpdate, apply_statuses

pytestmark = pytest.mark.django_db

AS_WHOM = Credentials("token", "676188225586230", "v25.0", "http://127.0.0.1:9")


@pytest.fixture
def claimed(queued):
    """Take messages to so many people from the queue."""

    def take(count, **fields):
        for number in range(count):
            queued(f"+1202555{1000 + number:04}", **fields)
        return Claims().take(count, AS_WHOM).messages

    return take


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Who was told of which move: the status before and after, by our ID."""
    moves = []

    def listen(message, status, previous_status, **_kwargs):
        moves.append((message.pk, previous_status, status))

    signals.message_status_changed.connect(listen, weak=False)
    yield moves
    signals.message_status_changed.disconnect(listen)


def accepted(message, *, wamid=None, held=False, wa_id=""):
    return Outcome(message, accepted=Accepted(wamid or f"wamid.{message.pk}", held, wa_id, "", {}))


def record(*outcomes):
    return results.record(outcomes, AS_WHOM)


def statuses():
    return list(Message.objects.order_by("created_at").values_list("status", flat=True))


def test_all_that_came_back_together_is_recorded_each_with_its_own(claimed):
    taken, held, failed, unknown, back = claimed(5)

    left = record(
        accepted(taken),
        accepted(held, held=True),
        judged(failed, SendFailed(meta_code=131026, meta_details="Undeliverable", fbtrace_id="A1")),
        judged(unknown, DeliveryUnconfirmed("It broke.")),
        judged(back, MetaUnreachable("Nothing was sent.")),
    )

    assert left == 4
    assert statuses() == ["accepted", "held", "failed", "unconfirmed", "queued"]
    assert Message.objects.get(pk=taken.pk).wamid == f"wamid.{taken.pk}"
    refused = Message.objects.get(pk=failed.pk)
    assert (refused.failure_code, refused.meta_code, refused.meta_details, refused.fbtrace_id) == (
        "send_failed", 131026, "Undeliverable", "A1",
    )  # fmt: skip
    steps = MessageStatus.objects.order_by("message__created_at").values_list("status", "meta_code")
    assert list(steps) == [("accepted", None), ("held", None), ("failed", 131026), ("unconfirmed", None)]


def test_number_of_queries_does_not_grow_with_the_results(claimed, django_assert_max_num_queries):
    messages = claimed(60)

    with django_assert_max_num_queries(8):
        record(*[accepted(message) for message in messages])

    assert set(statuses()) == {Status.ACCEPTED}


def test_twice_is_the_same_as_once(claimed):
    [message] = claimed(1)

    record(accepted(message))
    record(accepted(message))

    assert statuses() == [Status.ACCEPTED]
    assert MessageStatus.objects.count() == 1


def test_webhook_that_came_first_says_more_and_stays(claimed):
    [message] = claimed(1)
    update = StatusUpdate(f"wamid.{message.pk}", message.pk, Status.READ, timezone.now())
    apply_statuses([update])

    record(accepted(message))

    row = Message.objects.get()
    assert (row.status, row.wamid) == (Status.READ, f"wamid.{message.pk}")
    assert [step.status for step in row.timeline] == [Status.ACCEPTED, Status.READ]


def test_webhook_that_came_first_is_not_taken_back_by_a_broken_answer(claimed):
    [message] = claimed(1)
    apply_statuses([StatusUpdate("wamid.1", message.pk, Status.SENT, timezone.now())])

    record(judged(message, DeliveryUnconfirmed("It broke.")))

    row = Message.objects.get()
    assert (row.status, row.failure_code) == (Status.SENT, "")


def test_message_that_was_given_up_as_abandoned_is_accepted_all_the_same(claimed):
    [message] = claimed(1)
    Message.objects.update(status=Status.UNCONFIRMED)

    record(accepted(message))

    assert statuses() == [Status.ACCEPTED]


def test_message_that_somebody_else_took_since_is_not_put_back(claimed):
    [message] = claimed(1)
    Message.objects.update(sending_since=timezone.now() + timedelta(seconds=1))

    record(Outcome(message, pause=0.0))

    assert statuses() == [Status.SENDING]


def test_what_goes_back_untried_is_as_it_was(claimed):
    due = timezone.now() - timedelta(minutes=5)
    [message] = claimed(1, due_at=due, attempts=3)

    record(judged(message, NotConfigured()))

    row = Message.objects.get()
    assert (row.status, row.due_at, row.attempts, row.sending_since) == (Status.QUEUED, due, 3, None)
    assert not row.opens_conversation


def test_attempts_are_counted_and_the_next_one_is_later(claimed):
    [message] = claimed(1, attempts=4)

    record(Outcome(message, failure=MetaUnreachable("Nothing was sent."), pause=30.0))

    row = Message.objects.get()
    assert row.attempts == 5
    assert timedelta(seconds=25) < row.due_at - timezone.now() < timedelta(seconds=31)


@pytest.mark.parametrize(("hours", "status"), [(30, Status.QUEUED), (20, Status.FAILED), (None, Status.FAILED)])
def test_what_meta_wants_in_24_hours_waits_only_if_that_is_in_time(claimed, hours, status):
    expires_at = timezone.now() + timedelta(hours=hours) if hours else None
    [message] = claimed(1, expires_at=expires_at)

    record(judged(message, SendFailed(meta_code=131049)))

    assert statuses() == [status]


def test_wamid_of_another_message_takes_no_other_down(claimed, caplog):
    first, second, third = claimed(3)
    record(accepted(first, wamid="wamid.1"))

    record(accepted(second, wamid="wamid.1"), accepted(third, wamid="wamid.3"))

    assert statuses() == ["accepted", "unconfirmed", "accepted"]
    assert "recording each by itself" in caplog.text


def test_rest_of_dott_is_told_after_the_commit(claimed, told, django_capture_on_commit_callbacks):
    taken, failed, back = claimed(3)

    with django_capture_on_commit_callbacks(execute=True):
        record(accepted(taken), judged(failed, SendFailed(meta_code=100)), Outcome(back, pause=0.0))

    assert told == [(taken.pk, "sending", "accepted"), (failed.pk, "sending", "failed")]


def test_spelling_of_whatsapps_is_learned(claimed, caplog):
    [message] = claimed(1)

    record(accepted(message, wa_id="5511987654321"))

    learned = ContactIdentity.objects.get(kind=ContactIdentity.Kind.WA_ID)
    assert (learned.contact_id, learned.value) == (message.contact_id, "5511987654321")


def test_person_who_stopped_our_marketing_has_opted_out_of_it(claimed):
    [message] = claimed(1)

    record(judged(message, SendFailed(meta_code=131050)))

    assert ConsentRecord.objects.get().scope == ConsentRecord.Scope.MARKETING
    assert Message.objects.get().contact.has_opted_out_of_marketing


def test_webhook_that_says_spam_stops_the_campaign_as_the_answer_does(claimed, campaign):
    [message] = claimed(1, campaign=campaign)

    apply_statuses([StatusUpdate("wamid.1", message.pk, Status.FAILED, timezone.now(), meta_code=131048)])

    campaign.refresh_from_db()
    assert (campaign.state, campaign.stopped_by_code) == (Campaign.State.STOPPED, 131048)


def test_message_that_was_deleted_meanwhile_is_no_obstacle(claimed):
    gone, there = claimed(2)
    Message.objects.filter(pk=gone.pk).delete()

    assert record(accepted(gone), accepted(there)) == 1


def test_token_of_the_credentials_and_text_stay_out_of_what_is_shown(claimed):
    [message] = claimed(1)

    assert "Hello" not in repr(message)
