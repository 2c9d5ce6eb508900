"""A batch while PostgreSQL or Redis goes away: everybody gets one message, and nothing is lost."""

import time

import pytest

pytestmark = pytest.mark.postgres

COUNT = 1200


def test_postgresql_is_restarted(batch, database, worker):
    batch.queue(COUNT)

    worker()
    batch.wait_for_meta(COUNT // 4)
    database.stop()
    time.sleep(1)
    database.start()
    batch.wait_until_it_is_over()

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
