"""A webhook that cannot be applied keeps its error and takes nobody down; several processors share the work."""

import contextlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections
from django.utils import timezone

from communications.models import Contact, ContactIdentity, InboundMessage, Message, MessageStatus, Status, WebhookEvent
from communications.webhooks.processing import process, process_due, try_failed_again
from tests.communications.webhooks.posts import USER_ID, change, keep, shell, status, written_by

pytestmark = pytest.mark.django_db

POISON = "wamid.poison"


@contextlib.contextmanager
def database_refusing(text):
    """A database that refuses to write an incoming message whose values hold `text`."""

    def refuse(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "communications_inboundmessage"') and text in repr(params):
            raise DatabaseError("The disk is full.")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def reloaded(*events):
    return [WebhookEvent.objects.get(pk=event.pk) for event in events]


@pytest.fixture
def poisoned(sent_message):
    """Three webhooks of which the second cannot be applied, and the messages of the others."""
    messages = [sent_message(), sent_message()]
    events = [
        keep(change(statuses=[status("read", messages[0], wamid="wamid.1")])),
        keep(change(messages=[written_by(id=POISON)])),
        keep(change(statuses=[status("read", messages[1], wamid="wamid.2")])),
    ]
    return events, messages


def test_webhook_that_cannot_be_applied_keeps_its_error_and_its_neighbours_are_applied(poisoned):
    events, messages = poisoned

    with database_refusing(POISON):
        assert process_due() == 3

    before, failed, after = reloaded(*events)
    assert failed.processed_at is None
    assert "Traceback" in failed.error
    assert "DatabaseError: The disk is full." in failed.error
    assert [event.error for event in (before, after)] == ["", ""]
    assert None not in {before.processed_at, after.processed_at}
    assert {message.statuses.get().status for message in messages} == {"read"}


def test_webhook_that_fails_leaves_nothing_half_done(sent_message):
    message = sent_message(status=Status.ACCEPTED)
    keep(change(statuses=[status("read", message)], messages=[written_by("4799999999", id=POISON)]))

    with database_refusing(POISON):
        process_due()

    message.refresh_from_db()
    assert message.status == Status.ACCEPTED
    assert not MessageStatus.objects.exists()
    assert not ContactIdentity.objects.filter(value="4799999999").exists()


def test_failed_webhook_is_tried_again_ever_more_rarely():
    event = keep(change(messages=[written_by(id=POISON)]))
    pauses = []

    for _ in range(20):
        WebhookEvent.objects.update(next_attempt_at=None)
        started = timezone.now()
        with database_refusing(POISON):
            process_due()
        [event] = reloaded(event)
        pauses.append(event.next_attempt_at - started)

    assert event.attempts == 20
    assert [round(pause.total_seconds()) for pause in pauses[:4]] == [10, 20, 40, 80]
    assert max(pauses) < timedelta(hours=6, seconds=5)
    assert round(pauses[-1].total_seconds()) == 6 * 3600


def test_failed_webhook_is_not_due_before_its_time():
    keep(change(messages=[written_by(id=POISON)]))
    with database_refusing(POISON):
        process_due()

    assert process_due() == 0

    WebhookEvent.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    assert process_due() == 1
    assert InboundMessage.objects.count() == 1


def test_failed_webhooks_can_be_tried_again_at_once(poisoned):
    events, _messages = poisoned
    with database_refusing(POISON):
        process_due()

    assert try_failed_again() == 1
    assert process_due() == 1

    failed = reloaded(*events)[1]
    assert (failed.error, failed.processed_at is None) == ("", False)
    assert InboundMessage.objects.get().wamid == POISON


def test_webhook_that_meets_another_process_is_tried_again_at_once():
    event = keep(change(messages=[written_by()]))
    met = []

    def collide(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "communications_contactidentity"') and not met:
            met.append(sql)
            raise IntegrityError("duplicate key value violates unique constraint")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(collide):
        process_due()

    [event] = reloaded(event)
    assert met
    assert (event.error, event.attempts, event.processed_at is None) == ("", 0, False)
    assert InboundMessage.objects.count() == 1


def test_webhook_that_succeeds_later_is_applied_after_newer_ones_with_the_same_end(sent_message):
    message = sent_message(status=Status.ACCEPTED, wamid="wamid.1")
    keep(change(statuses=[status("sent", wamid="wamid.1")], messages=[written_by(id=POISON)]))
    keep(change(statuses=[status("read", wamid="wamid.1")]))
    with database_refusing(POISON):
        process_due()

    try_failed_again()
    process_due()

    message.refresh_from_db()
    assert message.status == Status.READ
    assert set(message.statuses.values_list("status", flat=True)) == {"sent", "read"}


# Several processors


def in_two_threads(work):
    """Do `work` in two threads that start at the same instant; return what each returns."""
    barrier = threading.Barrier(2)

    def one(_number):
        barrier.wait()
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))


@pytest.mark.django_db(transaction=True)
def test_two_processors_side_by_side_apply_each_webhook_once(sent_message):
    messages = [sent_message() for _ in range(40)]
    for number, message in enumerate(messages):
        keep(change(statuses=[status("read", message, wamid=f"wamid.{number}")],
                    messages=[written_by(f"120255502{number:02}")]))  # fmt: skip

    def drain():
        count = 0
        while claimed := process_due(5):
            count += claimed
        return count

    first, second = in_two_threads(drain)

    assert first + second == 40
    assert not WebhookEvent.objects.exclude(processed_at__isnull=False, error="").exists()
    assert set(Message.objects.values_list("status", flat=True)) == {"read"}
    assert MessageStatus.objects.count() == InboundMessage.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_two_processors_that_meet_the_same_stranger_make_one_contact():
    for when in range(20):
        keep(change(messages=[written_by(from_user_id=USER_ID, when=1795348900 + when)]))

    def drain():
        for _ in range(100):
            if not process_due(1):
                return

    in_two_threads(drain)
    try_failed_again()
    process_due()

    assert Contact.objects.count() == 1
    assert InboundMessage.objects.count() == 20
    assert Contact.objects.get().last_wrote_at.timestamp() == 1795348919


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_webhook_that_another_processor_is_at_is_passed_over():
    held, free = keep(change(messages=[written_by(id="wamid.held")])), keep(change(messages=[written_by()]))
    is_held, may_end = threading.Event(), threading.Event()

    def wait(execute, sql, params, many, context):
        if sql.startswith('INSERT INTO "communications_inboundmessage"'):
            is_held.set()
            may_end.wait(10)
        return execute(sql, params, many, context)

    def hold():
        try:
            with connection.execute_wrapper(wait):
                process(held)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert is_held.wait(10)
    WebhookEvent.objects.filter(pk=free.pk).update(body=json.dumps(shell()).encode())
    claimed = process_due()
    may_end.set()
    holder.join()

    assert claimed == 1
    assert [event.processed_at is not None for event in reloaded(held, free)] == [True, True]
    assert InboundMessage.objects.get().wamid == "wamid.held"
