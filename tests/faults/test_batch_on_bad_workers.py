"""A batch whose workers die or have the wrong time: everybody gets one message, and nothing is lost."""

import os
import signal
import time

import pytest

pytestmark = pytest.mark.postgres

KILLS = 10


def test_worker_is_killed_ten_times_in_a_row(batch, fork):
    batch.queue(2500)

    for _ in range(KILLS):
        taken = batch.accepted()
        worker = fork()
        batch.wait_for_meta(taken + 40)
        os.kill(worker, signal.SIGKILL)
    # What the dead had written still arrives.
    time.sleep(0.2)
    interrupted = batch.statuses()["sending"]
    batch.let_minutes_pass(4)
    fork()
    batch.wait_until_it_is_over()
    batch.tell_what_became()

    statuses = batch.check()
    assert interrupted > 0
    assert statuses["read"] == len(batch.at_meta())
    assert statuses["read"] + statuses["unconfirmed"] == 2500


def test_clocks_of_workers_are_a_minute_off(batch, worker):
    batch.queue(400, lives="40 seconds")
    batch.queue(100, due_in="30 seconds")
    batch.queue(100, due_in="-1 second")

    ahead, behind = (
        worker("-m", "tests.faults.at_another_time", seconds, "run_due_work", "--follow") for seconds in ("60", "-60")
    )
    batch.wait_for_meta(500)
    # Whoever is a minute ahead would send what is due in half a minute, and give up what lives for less.
    time.sleep(1.5)

    statuses = batch.check(settled=False)
    assert statuses == {"accepted": 500, "queued": 100}
    assert all("Traceback" not in process.log.read_text() for process in (ahead, behind))
