"""A batch while PostgreSQL or Redis goes away: everybody gets one message, and nothing is lost."""

import time

import pytest

pytestmark = pytest.mark.postgres

COUNT = 1200


def test_postgresql_is_restarted_and_then_crashes(batch, database, worker):
    batch.queue(COUNT)

    worker()
    batch.wait_for_meta(COUNT // 4)
    database.stop()
    time.sleep(0.5)
    database.start()
    batch.wait_for_meta(COUNT // 2)
    database.crash()
    database.start()
    batch.wait_until_it_is_over()

    assert batch.check(settled=False) == {"accepted": COUNT}


@pytest.mark.redis
def test_redis_of_celery_is_flushed_killed_and_started_again(batch, redis_server, worker):
    batch.queue(COUNT)
    celery, in_use = ("-m", "celery", "--quiet", "-A", "pyfactor"), {"REDIS_URL": redis_server.url}
    sending = (*celery, "worker", "-Q", "sending,celery", "--concurrency", "2", "--without-mingle", "--without-gossip")

    worker(*celery, "beat", **in_use)
    first = worker(*sending, **in_use)
    batch.wait_for_meta(COUNT // 6)
    redis_server.flush()
    batch.wait_for_meta(COUNT // 3)
    redis_server.kill()
    time.sleep(1)
    redis_server.start()
    left = batch.statuses()["queued"]
    # A worker that was in the middle of a task may end with its broker. Whoever runs it starts it again, as
    # deploy/compose.yaml and `make stack` do.
    if not first.is_running():
        worker(*sending, **in_use)
    batch.wait_until_it_is_over()

    assert left > 0
    assert batch.check(settled=False) == {"accepted": COUNT}


@pytest.mark.redis
def test_redis_is_flushed_and_then_killed(batch, redis_server, worker):
    batch.queue(COUNT)

    # Without Redis a worker goes on at a quarter of the pace.
    worker(REDIS_URL=redis_server.url, WHATSAPP_MESSAGES_PER_SECOND="800")
    batch.wait_for_meta(COUNT // 6)
    redis_server.flush()
    batch.wait_for_meta(COUNT // 3)
    redis_server.kill()
    batch.wait_until_it_is_over()

    assert batch.check(settled=False) == {"accepted": COUNT}
