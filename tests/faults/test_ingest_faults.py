"""The ingest door on bad days, behind granian, under load: what was answered 200 is in the table."""

import time
from collections import Counter
from pathlib import Path

import pytest
import requests

from tests.conftest import signature_of
from tests.faults.meta import Meta, update

pytestmark = pytest.mark.postgres


def test_every_update_acknowledged_before_kill_9_is_in_the_table(database, door):
    with Meta(door.url, patient=False) as meta:
        time.sleep(1.5)
        door.process.kill()
        acknowledged = len(meta.acknowledged)
        door.open()
        time.sleep(1)

    assert acknowledged > 100
    assert len(meta.acknowledged) > acknowledged
    assert set(meta.acknowledged) <= set(database.bodies())


def test_what_comes_while_postgresql_is_stopped_is_put_off_and_arrives_by_retry(database, door, run):
    with Meta(door.url, patient=True) as meta:
        time.sleep(1)
        database.stop()
        time.sleep(10)
        while_stopped = Counter(status for at, status in meta.answers if at > time.monotonic() - 9)
        database.start()
        time.sleep(1)

    # Meta delivers some of them twice.
    for body in meta.acknowledged[:20]:
        requests.post(door.url, body, headers=signature_of(body), timeout=5)
    assert run("manage.py", "run_due_work").wait() == 0

    assert set(while_stopped) == {503}
    assert meta.longest < 1.5
    assert set(database.bodies()) == meta.sent
    [(heard, different)] = database.rows("SELECT count(*), count(DISTINCT wamid) FROM communications_inboundmessage")
    assert heard == different == len(meta.sent)


@pytest.fixture
def disk_full(database):
    """The table's file on a device that is always full; gives a function that makes room."""
    [(file,)] = database.rows("SELECT pg_relation_filepath('communications_webhookevent')")
    table, aside = database.folder / file, database.folder / "aside"
    database.stop()
    table.rename(aside)
    table.symlink_to("/dev/full")
    database.start()

    def make_room():
        database.stop()
        table.unlink()
        aside.rename(table)
        database.start()

    yield make_room
    if aside.exists():
        make_room()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is absent: /dev/full")
def test_full_disk_is_said_in_the_log_and_acknowledges_nothing(database, disk_full, door):
    body = update(1)

    refused = requests.post(door.url, body, headers=signature_of(body), timeout=5)
    disk_full()
    taken = requests.post(door.url, body, headers=signature_of(body), timeout=5)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert "1 webhooks not stored, answered 503: the database's disk is full" in door.process.log.read_text()
    assert taken.status_code == 200
    assert database.bodies() == [body]
