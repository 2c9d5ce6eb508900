"""A business day on every process of production, in ten minutes: does it stand, and does it stay as it is?

Everything on this machine, as `make stack` starts it, with production's settings: granian for web and for ingest, two
workers of Celery and beat, PostgreSQL, Redis, and the sandbox in Meta's place. Locust brings

    people at the dashboard    who sign in, type, look at the verdict, send, and watch what becomes of it
    programs at the API        with tokens and keys: invitations, messages of every kind, reads
    Meta                       statuses of what was sent, people who write and press, old and odd news, forgeries
    guests                     who open their link and answer
    a whole list               uploaded, started, paused, resumed, in the middle of it all

Afterwards every row is compared with everything that the sandbox took, and every webhook has to be processed.

    make bench NAME=business_day
    python -m benchmarks.business_day --minutes 60 --haste 0.4 --samples soak.jsonl

The last line is JSON; `docs/benchmarks.md` tells what each figure means.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

# So that it also runs as `python benchmarks/business_day.py`.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.day import plan as plans
from benchmarks.day import stage
from benchmarks.day.watch import Watch, tables
from benchmarks.measuring.figures import row
from benchmarks.measuring.production import ROOT

# All that is used for the first time has been used by then, the list included.
WARM_AFTER = 0.6
OURS = ("web", "ingest", "worker", "sender", "beat")


def main() -> int:
    options = _options()
    seconds = options.minutes * 60
    print(f"PostgreSQL 18 as it comes, fsync on; {os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}")
    with stage.running(seconds=seconds, haste=options.haste, list_rows=options.list_rows) as running:
        # It reads models, which are there once Django knows its database.
        from benchmarks.day import audit

        watch = Watch(running.processes, options.samples)
        with watch.running(every=min(5.0, seconds / 60)):
            told = _day(running, users=options.users)
            audit.wait_until_all_is_done()
        found = audit.take_stock(running.meta, told)
        sizes = tables()
        faults = [*told["exceptions"], *audit.unfinished(), *running.errors_logged()]
    memory = watch.memory(after=seconds * WARM_AFTER)
    _print(told["requests"], memory, watch, sizes, faults)
    figures = _figures(told, watch, memory) | asdict(found) | {"faults": len(faults)}
    print(json.dumps({"benchmark": "business_day", "minutes": options.minutes, **figures}))
    return 0 if found.is_clean() and not figures["failures"] and not faults else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A business day on every process of production.")
    parser.add_argument("--minutes", type=float, default=10, help="how long the day is (10)")
    parser.add_argument("--users", type=int, default=40, help="callers of all kinds together (40)")
    parser.add_argument("--haste", type=float, default=1, help="divides the pause between two acts (1)")
    parser.add_argument("--list-rows", type=int, default=3000, help="rows of the list (3000)")
    parser.add_argument("--samples", type=Path, help="a file for the state of the system, a line of JSON each")
    parser.add_argument("--quick", action="store_true", help="a minute of everything, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.minutes, options.list_rows = 1.0, 300
    return options


def _day(running: stage.Stage, *, users: int) -> dict[str, Any]:
    """Let Locust's callers come for as long as the plan says; return what they tell."""
    path = running.folder / "plan.json"
    running.plan.save(path)
    command = (sys.executable, "-m", "locust", "-f", str(ROOT / "benchmarks" / "day" / "locustfile.py"))
    length = ("--run-time", f"{running.plan.seconds:.0f}s", "--stop-timeout", "60")
    flags = ("--headless", "--users", str(users), "--spawn-rate", "2", *length, "--loglevel", "ERROR", "--only-summary")
    environment = {**os.environ, plans.VARIABLE: str(path), "PYTHONWARNINGS": "ignore"}
    log, told = running.folder / "locust.log", Path(running.plan.told)
    with log.open("w") as output:
        # It ends with 1 where a request failed; what it tells says which.
        subprocess.run(
            [*command, *flags], env=environment, cwd=running.folder, stdout=output, stderr=output, check=False
        )
    if not told.exists():
        raise RuntimeError(f"Locust did not come to its end.\n{log.read_text()[-3000:]}")
    found: dict[str, Any] = json.loads(told.read_text())
    return found


def _figures(told: dict[str, Any], watch: Watch, memory: dict[str, dict[str, float]]) -> dict[str, Any]:
    requests = told["requests"]
    server_errors = sum(
        times for kind in requests.values() for status, times in kind["statuses"].items() if status[0] in "05"
    )
    return {
        "requests": sum(kind["requests"] for kind in requests.values()),
        "failures": sum(kind["failures"] for kind in requests.values()),
        "server_errors": server_errors,
        "p50_ms": {name: kind["p50_ms"] for name, kind in requests.items()},
        "p95_ms": {name: kind["p95_ms"] for name, kind in requests.items()},
        "memory": {name: memory[name] for name in OURS},
        "growth_mb": round(max(memory[name]["growth_mb"] for name in OURS), 1),
        "worst_webhook_lag_s": round(watch.worst("webhook_lag_s"), 1),
        "worst_queue_age_s": round(watch.worst("queue_age_s"), 1),
        "most_connections": int(watch.worst("connections")),
    }


def _print(
    requests: dict[str, Any], memory: dict[str, Any], watch: Watch, sizes: dict[str, Any], faults: list[str]
) -> None:
    print("\n" + row("Requests", "count", "failed", "p50 ms", "p95 ms"))
    for name, kind in requests.items():
        counts = str(kind["requests"]), str(kind["failures"])
        print(row(name, *counts, f"{kind['p50_ms']:.0f}", f"{kind['p95_ms']:.0f}"))
        for complaint in kind["complaints"]:
            print(f"    {complaint}")
    print("\n" + row("Memory, MB", "warm", "end", "growth"))
    for name, held in memory.items():
        print(row(name, *(f"{value:.1f}" for value in held.values())))
    print("\n" + row("Tables", "rows", "MB"))
    for name, (rows, size) in sizes.items():
        print(row(name, str(rows), f"{size:.1f}"))
    print("\n" + row("At worst", ""))
    for name in ("webhook_lag_s", "webhooks_waiting", "queue_age_s", "connections"):
        print(row(name, f"{watch.worst(name):.1f}"))
    for fault in faults[:50]:
        print(f"  {fault}")


if __name__ == "__main__":
    raise SystemExit(main())
