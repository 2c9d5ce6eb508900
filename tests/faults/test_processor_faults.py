"""Two processors side by side, and one of them dies: the other takes over, and each update is applied once."""

import psycopg
import pytest

from tests.faults.meta import update
from tests.waiting import wait_until

pytestmark = pytest.mark.postgres

COUNT = 6000
IN_A_BATCH = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'first' AND xact_start < now() - interval '20 ms'"
)
LEFT = "SELECT count(*) FROM communications_webhookevent WHERE processed_at IS NULL"


def test_processor_that_dies_within_a_batch_is_taken_over(database, run):
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO communications_webhookevent (received_at, body, attempts, error) "
            "SELECT now(), body, 0, '' FROM unnest(%b::bytea[]) AS body",
            [[update(number) for number in range(COUNT)]],
        )
    first = run("manage.py", "run_due_work", "--follow", PGAPPNAME="first")
    wait_until(lambda: database.rows(IN_A_BATCH)[0][0])

    first.kill()
    [(left,)] = database.rows(LEFT)
    run("manage.py", "run_due_work", "--follow", PGAPPNAME="second")
    wait_until(lambda: not database.rows(LEFT)[0][0])

    assert left > 0
    [(heard, different)] = database.rows("SELECT count(*), count(DISTINCT wamid) FROM communications_inboundmessage")
    assert heard == different == COUNT
    assert database.rows("SELECT count(*) FROM communications_webhookevent WHERE error <> ''") == [(0,)]
