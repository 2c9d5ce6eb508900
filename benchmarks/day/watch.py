"""The state of the whole system, every few seconds: memory, connections, and what waits how long."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from benchmarks.measuring.processes import cpu_seconds, memory_mb

# Over so many seconds on both sides the median is taken: one sample may fall into a portion's work.
_WINDOW = 60.0

_STATE = """
    SELECT
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
        (SELECT count(*) FROM communications_webhookevent WHERE processed_at IS NULL) AS webhooks_waiting,
        (SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)::float FROM communications_webhookevent
          WHERE processed_at IS NULL AND next_attempt_at IS NULL) AS webhook_lag_s,
        (SELECT count(*) FROM communications_message WHERE status = 'queued') AS queued,
        (SELECT coalesce(extract(epoch FROM now() - min(coalesce(due_at, created_at))), 0)::float
          FROM communications_message WHERE status = 'queued' AND coalesce(due_at, created_at) <= now()) AS queue_age_s,
        (SELECT count(*) FROM communications_message) AS messages,
        (SELECT count(*) FROM communications_webhookevent) AS webhooks,
        pg_database_size(current_database()) / 1048576.0 AS database_mb
"""


class Watch:
    """Samples of this system, each with `at` in seconds since the watch began."""

    def __init__(self, processes: Mapping[str, int], file: Path | None) -> None:
        self._processes = processes
        self._file = file
        self.samples: list[dict[str, Any]] = []

    @contextmanager
    def running(self, *, every: float) -> Iterator[None]:
        """Take a sample `every` so many seconds, until left."""
        stop = threading.Event()
        thread = threading.Thread(target=self._look, args=(stop, every))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def memory(self, *, after: float) -> dict[str, dict[str, float]]:
        """What each process held once it was warm, `after` so many seconds, at the end, and how much more that is."""
        return {name: self._growth(name, after) for name in self._processes}

    def worst(self, name: str) -> float:
        return max(float(sample[name]) for sample in self.samples)

    def _growth(self, name: str, after: float) -> dict[str, float]:
        ends = self.samples[-1]["at"]
        warm = [each["memory_mb"][name] for each in self.samples if after <= each["at"] <= after + _WINDOW]
        last = [each["memory_mb"][name] for each in self.samples if each["at"] >= ends - _WINDOW]
        first, end = median(warm or last), median(last)
        return {"warm_mb": round(first, 1), "end_mb": round(end, 1), "growth_mb": round(end - first, 1)}

    def _look(self, stop: threading.Event, every: float) -> None:
        began = time.monotonic()
        while not stop.wait(every):
            sample = {"at": round(time.monotonic() - began, 1), **_state(), **self._taken()}
            self.samples.append(sample)
            if self._file:
                with self._file.open("a") as file:
                    file.write(json.dumps(sample) + "\n")
        connection.close()

    def _taken(self) -> dict[str, Any]:
        return {
            "memory_mb": {name: round(memory_mb(process), 1) for name, process in self._processes.items()},
            "cpu_s": {name: round(cpu_seconds([process]), 1) for name, process in self._processes.items()},
        }


def _state() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        [values] = cursor.fetchall()
        return dict(zip((column.name for column in cursor.description), map(float, values), strict=True))


def tables() -> dict[str, tuple[int, float]]:
    """The rows and the MB, indexes included, of each table that holds any."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) / 1048576.0 FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 0 ORDER BY 3 DESC"
        )
        return {name: (rows, round(float(size), 1)) for name, rows, size in cursor.fetchall()}
