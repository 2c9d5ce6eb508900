"""Whoever changes a row: it is noted, in the same transaction, and counted once that is committed."""

import threading
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from communications import change_log
from communications.message_facts import MESSAGES, WATCHES
from communications.models import ChangedMessage, Message, MessageStatus, MessageTally, Status


def noted():
    """What was noted since the last time."""
    found = set(ChangedMessage.objects.values_list("changed_id", flat=True))
    ChangedMessage.objects.all().delete()
    return found


@pytest.mark.django_db
def test_every_way_of_writing_is_noted(sent_message):
    message, other = sent_message(), sent_message("+12025550111")
    assert noted() == {message.pk, other.pk}

    Message.objects.filter(pk=message.pk).update(status=Status.READ)
    assert noted() == {message.pk}

    MessageStatus.objects.bulk_create(
        MessageStatus(message=each, status="read", at="2026-11-22T12:00Z") for each in (message, other)
    )
    assert noted() == {message.pk, other.pk}

    MessageStatus.objects.filter(message=other).update(at="2026-11-22T11:00Z")
    assert noted() == {other.pk}

    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {MessageStatus._meta.db_table} WHERE status = 'read'")
    assert noted() == {message.pk, other.pk}


@pytest.mark.django_db
def test_reading_and_changing_nothing_are_not_noted(sent_message):
    message = sent_message()
    noted()

    Message.objects.get(pk=message.pk)
    Message.objects.filter(pk=uuid4()).update(status=Status.READ)

    assert noted() == set()


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_noted(sent_message):
    message = sent_message()
    noted()

    with transaction.atomic():
        Message.objects.filter(pk=message.pk).update(status=Status.READ)
        transaction.set_rollback(True)

    assert noted() == set()


@pytest.mark.django_db(transaction=True)
def test_triggers_that_are_gone_come_back_with_the_next_migrate(sent_message):
    """SQLite drops them with a table that a migration rebuilds."""
    change_log.take_down(*WATCHES)
    message = sent_message()
    assert noted() == set()

    call_command("migrate", verbosity=0, stdout=StringIO())
    Message.objects.filter(pk=message.pk).update(status=Status.READ)

    assert noted() == {message.pk}


@pytest.fixture
def somebody_else():
    """Run something in a connection of its own."""

    def run(work):
        failures = []

        def in_thread():
            try:
                work()
            except Exception as exc:  # noqa: BLE001 (told in the test)
                failures.append(exc)
            finally:
                connection.close()

        thread = threading.Thread(target=in_thread)
        thread.start()
        return thread, failures

    return run


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_change_that_is_committed_late_is_counted_after_those_with_higher_keys(sent_message, somebody_else):
    early, late = sent_message(), sent_message("+12025550111")
    while MESSAGES.count_changed():
        pass
    changed, counted = threading.Event(), threading.Event()

    @transaction.atomic
    def change_and_commit_late():
        Message.objects.filter(pk=late.pk).update(status=Status.READ)
        changed.set()
        assert counted.wait(10)

    thread, failures = somebody_else(change_and_commit_late)
    assert changed.wait(10)
    Message.objects.filter(pk=early.pk).update(status=Status.FAILED)
    assert MESSAGES.count_changed() == 1
    counted.set()
    thread.join(10)

    assert MESSAGES.count_changed() == 1

    tally = MessageTally.objects.get(told_apart="")
    assert (failures, tally.read, tally.failed, tally.total) == ([], 1, 1, 2)
    assert MESSAGES.behind_since() is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_only_one_process_counts_at_a_time(sent_message, somebody_else):
    sent_message()
    counting, done = threading.Event(), threading.Event()

    @transaction.atomic
    def count():
        assert MESSAGES.count_changed() == 1
        counting.set()
        assert done.wait(10)

    thread, failures = somebody_else(count)
    assert counting.wait(10)
    meanwhile = MESSAGES.count_changed()
    done.set()
    thread.join(10)

    assert (meanwhile, failures) == (0, [])
    assert MessageTally.objects.get(told_apart="").total == 1
