"""Celery's side of the due work: a ring comes in, the job it names is done. `broker.py` is the side that rings.

A ring is acknowledged when its work is done, and given to another worker if this one dies. Twice is the same as once:
each portion claims its own rows.
"""

import fcntl
import logging
import mmap
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import DatabaseError, InterfaceError

from communications import broker, due_work

logger = logging.getLogger(__name__)

# After that the other jobs of the queue have their turn.
SECONDS_AT_A_TIME = 10
# What hangs is killed then; the rows that it held come back by themselves.
TIME_LIMIT = 600
# How often beat rings for what is done at once, in case a ring was lost.
ROUND_SECONDS = 5


class _SharedEvent(threading.Event):
    """An event that the processes forked afterwards share. It is one byte, so whoever dies with it blocks nobody."""

    def __init__(self) -> None:
        super().__init__()
        self._byte = mmap.mmap(-1, 1)

    def is_set(self) -> bool:
        return self._byte[0] == 1

    def set(self) -> None:
        self._byte[0] = 1

    def clear(self) -> None:
        self._byte[0] = 0

    def wait(self, timeout: float | None = None) -> bool:
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set() and (until is None or time.monotonic() < until):
            time.sleep(0.05)
        return self.is_set()


# Set while the worker shuts down: what is under way is finished, the rest left to others.
stopping = _SharedEvent()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _stop(**kwargs: Any) -> None:
    stopping.set()


# A place for each job, which the processes forked afterwards share: locked by whoever is at it, free when they die.
_places, _path = tempfile.mkstemp()
Path(_path).unlink()


@contextmanager
def _alone_at(job_name: str) -> Iterator[bool]:
    """Say whether no other process of this worker is at the same job; take its place then.

    Otherwise one slow job, for which beat rings again and again, would take every process of the worker. Webhooks may
    have several: nobody waits within.
    """
    place = crc32(job_name.encode())
    try:
        fcntl.lockf(_places, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
    except OSError:
        yield job_name == broker.WEBHOOKS
        return
    try:
        yield True
    finally:
        fcntl.lockf(_places, fcntl.LOCK_UN, 1, place)


@shared_task(  # type: ignore[untyped-decorator]
    name=broker.TASK, acks_late=True, reject_on_worker_lost=True, ignore_result=True, time_limit=TIME_LIMIT
)
def work_off(job_name: str) -> None:
    """Do one job of the due work for a while, and ring again if there is more."""
    with _alone_at(job_name) as may_begin:
        has_more = may_begin and _has_more_after_work(job_name)
    if has_more:
        broker.ring_at_once({job_name})


def _has_more_after_work(job_name: str) -> bool:
    try:
        return due_work.work_off(job_name, seconds=SECONDS_AT_A_TIME, stop=stopping)
    except due_work.UnknownJob:
        logger.warning("There is no job %r here: whoever rang runs another version", job_name)
    except (DatabaseError, InterfaceError) as exc:
        logger.error("The database did not answer (%s); beat rings again", type(exc).__name__)
    except Exception:
        logger.exception("The job %r failed; beat rings again", job_name)
    return False


def rounds() -> dict[str, dict[str, Any]]:
    """Beat's schedule: a ring for each job of the due work, as often as it says."""
    return {job.name: _round(job) for job in due_work.jobs()}


def _round(job: due_work.Job) -> dict[str, Any]:
    queue = {"queue": broker.SENDING_QUEUE} if job.name == broker.QUEUED_MESSAGES else {}
    return {
        "task": broker.TASK,
        "args": [job.name],
        "schedule": max(job.every, ROUND_SECONDS),
        "options": {"expires": broker.EXPIRES_SECONDS, **queue},
    }
