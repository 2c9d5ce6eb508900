"""Rings for Celery's workers, where there is a broker.

The rows are the queue, the broker is only a doorbell: a ring carries the name of a job and nothing else, and one that
is lost costs the seconds until beat rings next. So no request ever waits for a broker, or fails without it.
"""

import logging
import os
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import transaction

from communications.conf import setting

if TYPE_CHECKING:
    # Without a broker nothing of Celery is imported.
    from celery import Celery
    from kombu.connection import Connection

logger = logging.getLogger(__name__)

TASK = "communications.work_off"

WEBHOOKS = "webhooks"
QUEUED_MESSAGES = "queued messages"

# A long batch must not keep webhooks waiting: it has a queue, and a worker, of its own. All else is in Celery's.
SENDING_QUEUE = "sending"

# However many commits ring, one ring for each job leaves in this time.
QUIET_SECONDS = 0.2
# A broker that does not answer is left alone for a while.
TROUBLE_SECONDS = 2.0
# Where nobody answers, more rings wake nobody: they would only fill the broker's memory.
ROOM = 100
# Far more than clocks differ: a worker whose clock is ahead would throw every ring away.
EXPIRES_SECONDS = 300


def ring(job_name: str) -> None:
    """Let a worker do the job `job_name` as soon as the rows are committed; never waits, never raises."""
    if setting("CELERY_BROKER_URL"):
        transaction.on_commit(lambda: bell.ring(job_name), robust=True)


def ring_at_once(job_names: set[str]) -> bool:
    """Ring in this thread, where there is a broker; False if it did not take it."""
    broker_url = setting("CELERY_BROKER_URL")
    if not broker_url:
        return True
    try:
        publisher = _publisher(broker_url)
        with publisher.connection_for_write() as connection:
            for job_name in sorted(job_names):
                _ring(publisher, connection, job_name)
    except Exception as exc:  # noqa: BLE001 (each broker has its own errors, and none of them may reach a caller)
        logger.debug("The broker did not take a ring: %r", exc)
        return False
    return True


def _ring(publisher: "Celery", connection: "Connection", job_name: str) -> None:
    queue = SENDING_QUEUE if job_name == QUEUED_MESSAGES else publisher.conf.task_default_queue
    if _waiting(connection, queue) < ROOM:
        publisher.send_task(TASK, [job_name], queue=queue, expires=EXPIRES_SECONDS, connection=connection, retry=False)


def _waiting(connection: "Connection", queue: str) -> int:
    try:
        with connection.channel() as channel:  # type: ignore[no-untyped-call]
            return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors:
        # Nobody has rung there, or listened, yet.
        return 0


@lru_cache(maxsize=1)
def _publisher(broker_url: str) -> "Celery":
    """The project's Celery settings without its app, which is current in some threads and not in others."""
    from celery import Celery

    app = Celery("communications", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.conf.broker_url = broker_url
    return app


class Bell:
    """A thread that rings, so that nobody else waits for the broker; it starts with the first ring of a process."""

    def __init__(self) -> None:
        self._due: set[str] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def ring(self, job_name: str) -> None:
        """Ring soon, whatever the database says; never waits, never raises."""
        with self._lock:
            self._due.add(job_name)
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name="doorbell", daemon=True)
                self._thread.start()
            self._wake.set()

    def _go_on(self) -> None:
        was_rung = True
        while True:
            self._wake.wait()
            with self._lock:
                due, self._due = self._due, set()
                self._wake.clear()
            was_rung, was_before = ring_at_once(due), was_rung
            if was_rung != was_before:
                _tell(was_rung)
            time.sleep(QUIET_SECONDS if was_rung else TROUBLE_SECONDS)


def _tell(was_rung: bool) -> None:
    if was_rung:
        logger.info("The broker of Celery takes rings again")
    else:
        logger.error(
            "The broker of Celery does not answer: what is due waits for beat's next ring, and nothing is lost"
        )


bell = Bell()
# A thread does not come along into a forked process.
os.register_at_fork(after_in_child=bell.__init__)  # type: ignore[misc]
