"""What `docs/scaling.md` proposes for the tables is run, on the tables as they are."""

import re
from pathlib import Path

import pytest
from django.db import connection

DOCS = Path(__file__).parents[2] / "docs" / "scaling.md"

# The key begins with the time; what follows the version is random.
ADD = """
    INSERT INTO scaled.message (
        id, contact_id, phone_number_id, to_number, to_user_id, kind, text, content, reply_to, status, created_at,
        was_queued, failure_code, failure_detail, meta_details, fbtrace_id
    )
    SELECT overlay(uuidv7()::text PLACING left(scaled.first_id(%s)::text, 13) FROM 1 FOR 13)::uuid,
        1, '1', '', '', 'text', '', '{}', '', 'sent', %s, true, '', '', '', ''
    RETURNING id, tableoid::regclass::text
"""

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


@pytest.fixture
def scaled():
    with connection.cursor() as cursor:
        for sql in re.findall(r"```sql\n(.*?)```", DOCS.read_text(), re.DOTALL):
            cursor.execute(sql)
        yield cursor


def add(cursor, moment):
    """Write a message as it would have been written at that time; return its ID and the table that it is in."""
    cursor.execute(ADD, [moment, moment])
    return cursor.fetchone()


def test_key_leads_a_message_into_the_partition_of_its_month(scaled):
    months = [add(scaled, moment)[1] for moment in ("2026-11-01", "2026-11-30 23:59:59", "2026-12-01")]

    assert months == ["scaled.message_2026_11", "scaled.message_2026_11", "scaled.message_2026_12"]


def test_statuses_find_their_messages_in_one_partition(scaled):
    key, _ = add(scaled, "2026-11-15")

    scaled.execute(f"EXPLAIN UPDATE scaled.message SET status = 'read' WHERE id = ANY (ARRAY['{key}']::uuid[])")

    plan = "\n".join(line for (line,) in scaled.fetchall())
    assert "message_2026_11" in plan
    assert "message_2026_12" not in plan
