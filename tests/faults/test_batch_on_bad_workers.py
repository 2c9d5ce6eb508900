"""A batch whose workers die or have the wrong time: everybody gets one message, and nothing is lost."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests

from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

KILLS = 10
MAKE_TOKEN = (
    "from django.contrib.auth import get_user_model; from knox.models import AuthToken; "
    "print(AuthToken.objects.create(get_user_model().objects.create_superuser('ada', 'ada@example.com'))[1])"
)


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


def test_two_workers_and_a_list_that_is_started_twice_at_the_same_instant(batch, web, run, worker):
    made = run("manage.py", "shell", "-v", "0", "-c", MAKE_TOKEN)
    worker(), worker()
    assert made.wait() == 0
    caller = {"Authorization": f"Bearer {made.log.read_text().split()[-1]}"}
    rows = [{"phoneNumber": f"+1385{2_000_000 + number}"} for number in range(600)]
    kept = requests.post(
        f"{web.url}/api/invitations/whatsapp/bulk/", json={"message": "Hi", "rows": rows}, headers=caller
    )
    address = f"{web.url}/api/invitations/batches/{kept.json()['batchId']}/"
    wait_until(lambda: requests.get(address, headers=caller).json()["state"] == "ready")

    with ThreadPoolExecutor(8) as callers:
        together = Barrier(8)
        started = [callers.submit(start, address, caller, together) for _ in range(8)]
    batch.wait_for_meta(600)
    wait_until(lambda: requests.get(address, headers=caller).json()["state"] == "finished")

    assert [call.result() for call in started] == [200] * 8
    assert batch.check(settled=False) == {"accepted": 600}
    assert batch.database.rows("SELECT count(*) FROM communications_campaign") == [(1,)]


def start(address, caller, together):
    together.wait()
    return requests.post(f"{address}start/", headers=caller).status_code
