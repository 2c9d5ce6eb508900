"""What a message takes of disk and processors from the queue to "read": for `docs/scaling.md`.

    python -m benchmarks.sending.footprint --rows 20000

Messages are sent to the sandbox, then told about by three webhooks each and an answer for one in ten, and processed.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring.figures import row
from benchmarks.measuring.processes import cpu_seconds
from benchmarks.measuring.production import NUMBER_ID
from benchmarks.sending import machine
from benchmarks.sending.machine import Machine


def main() -> int:
    parser = argparse.ArgumentParser(description="What a message takes of the disk.")
    parser.add_argument("--rows", type=int, default=20_000, help="messages (20000)")
    options = parser.parse_args()
    with machine.running() as running:
        print(json.dumps({"benchmark": "footprint", **_measure(running, options.rows)}))
    return 0


def _measure(running: Machine, number: int) -> dict[str, Any]:
    from benchmarks.sending import rows
    from communications import campaigns, due_work

    running.begin_anew(messages_per_second=0)
    empty, began = _bytes(), _written()
    campaign = rows.queue(number)
    queued = _written()
    with running.workers(1):
        campaigns.start(campaign)
        rows.wait_until_none_waits(campaign, seconds=60 + number / 50)
    sent = _written()
    _store_webhooks(running.folder / "updates")
    stored, postgres, ours = _written(), cpu_seconds([running.services["PostgreSQL"]]), time.process_time()
    due_work.run_once()
    processed = _written()
    cpu_us = {
        "processing": (time.process_time() - ours) / number * 1e6,
        "PostgreSQL": (cpu_seconds([running.services["PostgreSQL"]]) - postgres) / number * 1e6,
    }
    _vacuum()
    taken = {table: (size - empty.get(table, 0)) / number for table, size in _bytes().items()}
    print(row("Bytes of a message, indexes included", ""))
    for table, size in sorted(taken.items(), key=lambda each: -each[1]):
        if size >= 1:
            print(row(f"  {table}", f"{size:.0f}"))
    wal = {"queued": queued - began, "sent": sent - queued, "told": stored - sent, "processed": processed - stored}
    for step, size in wal.items():
        print(row(f"WAL of a message, {step}", f"{size / number:.0f}"))
    for part, taken_us in cpu_us.items():
        print(row(f"Processor time of a message's webhooks, {part}", f"{taken_us:.0f} µs"))
    return {
        "bytes_per_message": round(sum(taken.values())),
        "bytes_per_message_without_webhooks": round(
            sum(size for table, size in taken.items() if table != "communications_webhookevent")
        ),
        "wal_bytes_per_message": round(sum(wal.values()) / number),
    }


def _store_webhooks(path: Path) -> None:
    from benchmarks.receiving.updates import Account, Sent, write_updates
    from communications.models import Message, WebhookEvent

    sent = [
        Sent(str(pk), wamid, number[1:], f"US.{number[1:]}")
        for pk, wamid, number in Message.objects.values_list("pk", "wamid", "to_number")
    ]
    write_updates(path, sent, Account(NUMBER_ID, "1513500473389693", "not-used"), at=int(time.time()))
    bodies = [line.split(b"\t", 1)[1].rstrip(b"\n") for line in path.open("rb")]
    for start in range(0, len(bodies), 2000):
        WebhookEvent.objects.bulk_create(WebhookEvent(body=body) for body in bodies[start : start + 2000])


def _bytes() -> dict[str, int]:
    """What each table takes, with its indexes."""
    return dict(
        _rows("SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relname ~ '^comm'")
    )


def _written() -> int:
    """Bytes that the write-ahead log has ever held."""
    return int(_rows("SELECT pg_current_wal_insert_lsn() - '0/0'")[0][0])


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM")


def _rows(sql: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


if __name__ == "__main__":
    raise SystemExit(main())
