"""What a ring makes a worker do. `tests/test_celery.py` does it with a worker of Celery's own."""

import os
import signal
from contextlib import contextmanager

import pytest
from django.db import OperationalError
from django.utils import timezone

from communications import broker, due_work, tasks
from communications.models import Message, Status


@pytest.fixture
def rung(monkeypatch):
    """The jobs that a task rings for again."""
    names = []
    monkeypatch.setattr(broker, "ring_at_once", lambda job_names: names.extend(job_names) or True)
    return names


@pytest.fixture
def jobs(monkeypatch):
    """The due work of this test, in place of all that there is."""
    due = []
    monkeypatch.setattr(due_work, "jobs", lambda stop=None: due)
    return due


def ring(job_name):
    tasks.work_off.apply(args=[job_name]).get()


@pytest.mark.django_db
def test_ring_has_the_messages_sent_that_wait(sandbox, sent_message, rung):
    sent_message(status=Status.QUEUED)

    ring("queued messages")

    assert Message.objects.get().status == Status.ACCEPTED
    assert rung == []


@pytest.mark.django_db
def test_each_job_of_the_due_work_can_be_rung_for(sandbox, caplog):
    for name in tasks.rounds():
        ring(name)

    assert caplog.records == []


def test_job_is_done_until_nothing_is_left(jobs, rung):
    portions = iter([5, 5, 1, 0])
    jobs.append(due_work.Job("webhooks", lambda: next(portions)))

    ring("webhooks")

    assert list(portions) == []
    assert rung == []


def test_job_that_keeps_its_distance_is_done_once(jobs, rung):
    calls = []
    jobs.append(due_work.Job("lost webhooks", lambda: calls.append(1) or 1, every=60, drains=False))

    ring("lost webhooks")

    assert (calls, rung) == ([1], [])


def test_job_that_has_more_to_do_lets_others_have_their_turn_and_is_rung_for_again(jobs, rung, monkeypatch):
    monkeypatch.setattr(tasks, "SECONDS_AT_A_TIME", 0)
    jobs.append(due_work.Job("webhooks", lambda: 1))

    ring("webhooks")

    assert rung == ["webhooks"]


def test_job_is_left_to_others_while_the_worker_shuts_down(jobs, rung, monkeypatch):
    monkeypatch.setattr(tasks, "stopping", tasks._SharedEvent())
    jobs.append(due_work.Job("webhooks", lambda: 1))
    tasks.stopping.set()

    ring("webhooks")

    assert rung == ["webhooks"]


@contextmanager
def another_process_at(job_name):
    """A process of the same worker that does this job."""
    at_it, done = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        with tasks._alone_at(job_name):
            os.write(at_it[1], b".")
            os.read(done[0], 1)
        os._exit(0)
    os.read(at_it[0], 1)
    yield child
    os.write(done[1], b".")
    os.waitpid(child, 0)
    for end in (*at_it, *done):
        os.close(end)


@pytest.mark.parametrize(("job_name", "times"), [("received media", 0), ("queued messages", 0), ("webhooks", 1)])
def test_job_takes_one_process_of_a_worker_but_webhooks_may_have_more(jobs, rung, job_name, times):
    calls = []
    jobs.append(due_work.Job(job_name, lambda: calls.append(1) or 0))

    with another_process_at(job_name):
        ring(job_name)

    assert len(calls) == times


def test_jobs_do_not_stand_in_each_others_way(jobs, rung):
    calls = []
    jobs.append(due_work.Job("old webhooks", lambda: calls.append(1) or 0))

    with another_process_at("received media"):
        ring("old webhooks")

    assert calls == [1]


def test_place_of_a_process_that_was_killed_is_free(jobs, rung):
    calls = []
    jobs.append(due_work.Job("received media", lambda: calls.append(1) or 0))

    with another_process_at("received media") as child:
        os.kill(child, signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        ring("received media")

    assert calls == [1]


def test_ring_of_another_version_is_told_and_does_no_harm(jobs, rung, caplog):
    ring("jobs of tomorrow")

    assert "There is no job 'jobs of tomorrow' here" in caplog.text


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [
        (OperationalError("gone"), "ERROR", "The database did not answer (OperationalError); beat rings again"),
        (ZeroDivisionError("a number"), "ERROR", "The job 'webhooks' failed; beat rings again"),
    ],
    ids=["database", "anything else"],
)
def test_job_that_fails_says_so_and_waits_for_beat(jobs, rung, caplog, error, level, said):
    def fail():
        raise error

    jobs.append(due_work.Job("webhooks", fail))

    ring("webhooks")

    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == (level, said)
    assert rung == []


def test_beat_rings_for_every_job_as_often_as_it_says():
    every = {job.name: job.every for job in due_work.jobs()}

    schedule = tasks.rounds()

    assert {entry["args"][0]: entry["schedule"] for entry in schedule.values()} == {
        name: max(seconds, tasks.ROUND_SECONDS) for name, seconds in every.items()
    }
    assert {entry["task"] for entry in schedule.values()} == {tasks.work_off.name}
    assert [name for name, entry in schedule.items() if entry["options"].get("queue") == "sending"] == [
        "queued messages"
    ]


def test_event_is_seen_by_processes_that_were_forked_before_it_was_set():
    stopping = tasks._SharedEvent()
    child = os.fork()
    if not child:
        os._exit(0 if stopping.wait(10) else 1)

    stopping.set()

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_event_that_nobody_sets_is_waited_for_as_long_as_asked():
    assert not tasks._SharedEvent().wait(0.01)


@pytest.mark.django_db
def test_message_that_is_too_late_is_not_sent_by_a_ring(sandbox, sent_message, rung):
    sent_message(status=Status.QUEUED, expires_at=timezone.now())

    ring("queued messages")

    assert sandbox.messages() == []
