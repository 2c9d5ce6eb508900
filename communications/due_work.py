"""Everything that is due: stored webhooks, queued messages, received files, what has to be settled or looked up.

The rows are the queue. A doorbell (NOTIFY on PostgreSQL, a task where Celery runs) only wakes whoever does the work
earlier than they would look by themselves, so a lost ring loses nothing. Several followers and workers may run side by
side: each claims its own rows.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, connections

from communications import (
    broker,
    campaigns,
    channel_facts,
    delivery,
    old_texts,
    reconciler,
    retention,
    sending,
    template_facts,
)
from communications.message_facts import MESSAGES
from communications.statuses import join_parked
from communications.webhooks import processing
from communications.webhooks.doorbell import wait_for_a_ring
from communications.whatsapp_service import whatsapp_service

logger = logging.getLogger(__name__)

# How long the follower waits for a ring before it looks by itself, and after a database that did not answer.
IDLE_SECONDS = 1.0
TROUBLE_SECONDS = 2.0
# Each call ends by waiting for what is on its way, which costs the pace a moment; `stop` ends it at any time.
SENDING_SECONDS = 300.0


@dataclass
class Job:
    """`run` does a portion and returns how much it did, every so many seconds.

    One that `drains` goes on at once as long as there was something.
    """

    name: str
    run: Callable[[], int]
    every: float = 0
    drains: bool = True
    next_at: float = field(default=0, init=False)


class UnknownJob(Exception):
    """Whoever asked for it runs another version of this code."""


_of_other_apps: list[Callable[[], Job]] = []


def add(make_job: Callable[[], Job]) -> None:
    """Let another app's due work be done with ours; called once, when the app is ready."""
    _of_other_apps.append(make_job)


def jobs(stop: threading.Event | None = None) -> list[Job]:
    """Everything that is done, in this order; a job that takes long ends early once `stop` is set."""
    return [
        Job(broker.WEBHOOKS, processing.process_due),
        Job("campaigns that go on", campaigns.go_on, every=60),
        Job(broker.QUEUED_MESSAGES, partial(sending.send_due, stop=stop, seconds=SENDING_SECONDS)),
        Job("received media", whatsapp_service.fetch_received_media, every=1),
        Job("parked statuses", join_parked, every=5),
        Job("late messages", delivery.expire_queued, every=60),
        Job("abandoned messages", delivery.settle_abandoned, every=60),
        # Meta counts these calls.
        Job("lost webhooks", reconciler.look_up_overdue, every=60, drains=False),
        Job("our number", channel_facts.refresh, every=600, drains=False),
        Job("our templates", template_facts.refresh, every=600, drains=False),
        Job("changed messages", MESSAGES.count_changed, every=10),
        Job("old webhooks", retention.prune, every=600),
        Job("old texts", old_texts.drop, every=600),
        # Meta is asked here, too.
        Job("people long out of touch", old_texts.forget_people, every=30, drains=False),
        *(make_job() for make_job in _of_other_apps),
    ]


def run_once() -> int:
    """Do all that is due now; return how much it was. An error is raised."""
    due = jobs()
    total = 0
    while due:
        done = [job.run() for job in due]
        total += sum(done)
        due = [job for job, portion in zip(due, done, strict=True) if portion and job.drains]
    return total


def work_off(job_name: str, *, seconds: float, stop: threading.Event) -> bool:
    """Do one job until nothing of it is due, for about so many `seconds`, or until `stop`; True if there may be more.

    Raises UnknownJob, and whatever the job raises.
    """
    job = next((job for job in jobs(stop) if job.name == job_name), None)
    if job is None:
        raise UnknownJob(job_name)
    until = time.monotonic() + seconds
    while job.run() and job.drains:
        if stop.is_set() or time.monotonic() >= until:
            return True
    return False


def follow(stop: threading.Event) -> None:
    """Do what is due as it becomes due, until `stop` is set; the portion at hand is finished first.

    Webhooks have a thread of their own, and so has sending: neither waits while thousands go out, a list is judged or
    Meta takes its time with a file.
    """
    due = {job.name: job for job in jobs(stop)}
    webhooks, messages = due.pop(broker.WEBHOOKS), due.pop(broker.QUEUED_MESSAGES)
    with ThreadPoolExecutor(3, thread_name_prefix="due-work") as threads:
        followers = [
            threads.submit(_follow, [webhooks], stop, wait_for_a_ring),
            threads.submit(_follow, [messages], stop, stop.wait),
            threads.submit(_follow, list(due.values()), stop, stop.wait),
        ]
        wait(followers, return_when=FIRST_EXCEPTION)
        # If one of them failed, the others do not go on alone: whoever started this starts it again.
        stop.set()
    for follower in followers:
        follower.result()


def _follow(due: Sequence[Job], stop: threading.Event, wait_for_more: Callable[[float], object]) -> None:
    try:
        while not stop.is_set():
            try:
                if not _run_portions(due):
                    wait_for_more(IDLE_SECONDS)
            except (DatabaseError, InterfaceError) as exc:
                # PostgreSQL's code tells a deadlock from a server that is gone.
                code = getattr(exc.__cause__, "sqlstate", None)
                logger.error("The database did not answer (%s, %s); trying again", type(exc).__name__, code)
                connection.close()
                stop.wait(TROUBLE_SECONDS)
            close_old_connections()
    finally:
        connections.close_all()


def _run_portions(due: Sequence[Job]) -> int:
    """Run one portion of each job whose time has come."""
    done = 0
    for job in due:
        now = time.monotonic()
        if now >= job.next_at:
            portion = _portion(job)
            done += portion
            job.next_at = now if portion and job.drains else now + job.every
    return done


def _portion(job: Job) -> int:
    """Run a portion; whatever goes wrong in one job, the others go on."""
    try:
        return job.run()
    except (DatabaseError, InterfaceError):
        raise
    except Exception:
        logger.exception("The job %r failed; it is tried again", job.name)
        return 0
