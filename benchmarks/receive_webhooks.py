"""How many webhooks a second are taken and kept: our two doors, beside what people find today.

Everything on this machine, one after the other, one update per POST, each signed beforehand and different:

    ingest    communications/webhooks/ingest.py behind granian, one process
    view      the Django view behind granian, two processes
    pywa      PyWa behind FastAPI on uvicorn, two processes; it stores nothing
    wrapper   django-whatsapp-api-wrapper's view behind granian, two processes; it checks no signature

Then 3,300 a second for a minute into the ingest door while `manage.py run_due_work --follow` processes them.

    make bench NAME=receive_webhooks

The last line is JSON; `docs/benchmarks.md` tells what each figure means.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

# So that it also runs as `python benchmarks/receive_webhooks.py`.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.receiving import generator, machine
from benchmarks.receiving.generator import Round
from benchmarks.receiving.updates import write_updates

# Three statuses, and an answer for one message in ten.
UPDATES_PER_MESSAGE = 3.1
MOST_PER_SECOND = 16_000
# A round of the slow ones does not need more connections than threads that serve it; more only wait.
CONNECTIONS = {"ingest": 256, "view": 32, "pywa": 64, "wrapper": 32}


def main() -> int:
    options = _options()
    generator.require_wrk()
    with machine.running() as running:
        bodies = _prepare(running, options)
        print(f"PostgreSQL 18 as it comes, fsync on; {os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}")
        figures = {} if options.sustain else _compare(running, bodies, options)
        sustained = _sustain(running, bodies, options)
    lost = figures.get("lost", 0) + sustained.pop("lost")
    print(json.dumps({"benchmark": "receive_webhooks", "rows": options.rows, **figures, **sustained, "lost": lost}))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How many webhooks a second are taken and kept.")
    parser.add_argument("--seconds", type=int, default=12, help="how long each receiver is posted to (12)")
    parser.add_argument("--rows", type=int, default=0, help="older messages in the table before it begins (0)")
    parser.add_argument("--workers", type=int, default=1, help="processes of the ingest door (1)")
    parser.add_argument("--processors", type=int, default=2, help="processes of run_due_work in the minute (2)")
    parser.add_argument("--sustain", action="store_true", help="only the minute at a steady rate")
    parser.add_argument("--rate", type=int, default=3300, help="updates a second of that minute (3300)")
    parser.add_argument("--minute", type=int, default=60, help="its seconds (60)")
    return parser.parse_args()


def _prepare(running: machine.Machine, options: argparse.Namespace) -> Path:
    """Write messages, the updates about them, and the older messages that stand in the way."""
    from benchmarks.receiving import table

    bodies = running.folder / "bodies"
    most = max(options.minute * options.rate, 0 if options.sustain else options.seconds * MOST_PER_SECOND)
    messages = table.send(int(most / UPDATES_PER_MESSAGE))
    updates = write_updates(bodies, messages, running.account, at=int(time.time()))
    table.add_older(options.rows)
    print(f"{len(messages) + options.rows} messages in the table, {updates} different updates to post")
    return bodies


def _compare(running: machine.Machine, bodies: Path, options: argparse.Namespace) -> dict[str, Any]:
    from benchmarks.receiving import table

    receivers: dict[str, tuple[Callable[[], AbstractContextManager[str]], Callable[[], int]]] = {
        "ingest": (lambda: running.ingest(options.workers), table.events),
        "view": (running.view, table.events),
        "pywa": (running.pywa, lambda: 0),
        "wrapper": (running.wrapper, machine.wrapper_rows),
    }
    print(f"{'':<10}{'a second':>10}{'p50 ms':>10}{'p99 ms':>10}{'200':>10}{'stored':>10}{'other':>8}")
    rounds: dict[str, Round] = {}
    lost = 0
    for name, (serve, stored) in receivers.items():
        table.empty()
        with serve() as url:
            generator.post(url, bodies, seconds=1, connections=CONNECTIONS[name])
            before = stored()
            rounds[name] = generator.post(
                url, bodies, seconds=options.seconds, connections=CONNECTIONS[name], skip=MOST_PER_SECOND
            )
            kept = stored() - before
        _print(name, rounds[name], kept)
        lost += abs(rounds[name].acknowledged - kept) if name in ("ingest", "view") else 0
    return {
        "ingest_per_second": round(rounds["ingest"].per_second),
        "ingest_p50_ms": round(rounds["ingest"].p50_ms, 1),
        "ingest_p99_ms": round(rounds["ingest"].p99_ms, 1),
        "view_per_second": round(rounds["view"].per_second),
        "pywa_per_second": round(rounds["pywa"].per_second),
        "wrapper_per_second": round(rounds["wrapper"].per_second),
        "lost": lost,
    }


def _sustain(running: machine.Machine, bodies: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Post at a steady rate while a worker processes, and watch how far it falls behind."""
    from benchmarks.receiving import table

    table.empty()
    with running.ingest(options.workers) as url, running.processors(options.processors), table.watched_lag() as lags:
        posted = generator.post(
            url, bodies, seconds=options.minute, rate=options.rate, connections=CONNECTIONS["ingest"]
        )
        at_the_end = lags[-1]
        table.wait_until_processed(seconds=30)
    kept, due = table.events(), table.due()
    _print("sustained", posted, kept)
    print(f"lag of processing: {max(lags):.2f} s at worst, {at_the_end:.2f} s at the end; {due} not processed")
    return {
        "sustained_per_second": round(posted.per_second),
        "sustained_p99_ms": round(posted.p99_ms, 1),
        "worst_lag_s": round(max(lags), 2),
        "lag_at_end_s": round(at_the_end, 2),
        "lost": abs(posted.acknowledged - kept),
        "not_processed": due,
    }


def _print(name: str, posted: Round, stored: int) -> None:
    other = posted.put_off + posted.refused + posted.broken
    print(
        f"{name:<10}{posted.per_second:>10.0f}{posted.p50_ms:>10.1f}{posted.p99_ms:>10.1f}"
        f"{posted.acknowledged:>10}{stored:>10}{other:>8}",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
