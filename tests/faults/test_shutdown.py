"""Both doors are told to stop in the middle of their work: what has begun is answered, and nothing is lost.

The workers' own ends are in `tests/test_celery.py` and `tests/communications/test_due_work.py`.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.faults.meta import Meta
from tests.faults.test_batch_on_bad_workers import MAKE_TOKEN
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres


def test_web_answers_the_invitation_under_way_and_ends(database, web, run, sandbox):
    made = run("manage.py", "shell", "-v", "0", "-c", MAKE_TOKEN.replace("ada", "grace"))
    assert made.wait() == 0
    sandbox.configure(latency_ms=1500)
    body = {"phoneNumber": "+12025550100", "message": "Join me on Dott"}
    caller = {"Authorization": f"Bearer {made.log.read_text().split()[-1]}"}

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(requests.post, f"{web.url}/api/invitations/whatsapp/", json=body, headers=caller)
        wait_until(lambda: database.rows("SELECT 1 FROM communications_message WHERE status = 'sending'"))
        ended = web.process.stop()

    assert (answer.result().status_code, ended) == (200, 0)
    assert database.rows("SELECT status FROM communications_message") == [("accepted",)]
    assert len(sandbox.messages()) == 1


def test_ingest_keeps_every_webhook_that_it_answers_and_ends(database, door):
    with Meta(door.url, patient=False) as meta:
        wait_until(lambda: len(meta.acknowledged) > 100)
        ended = door.process.stop()

    assert ended == 0
    assert set(meta.acknowledged) <= set(database.bodies())
