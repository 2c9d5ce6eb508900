"""How fast a batch goes out, how well it keeps the pace, and what it costs in memory; beside what people use today.

Everything on this machine: PostgreSQL, Redis, the sandbox with 150 ms latency, and two workers, each as processes.

    ours               queued rows of one campaign to rows that say "accepted"; `manage.py run_due_work --follow`
    pywa_loop          PyWa, one message after the other
    pywa_threads       PyWa in 32 threads
    requests_threads   one requests.Session in 32 threads
    heyoo              heyoo, one message after the other

The others send and forget: they read no row and write none. Then the pace at 80 and at 1,000 messages a second, with
the sandbox refusing what is above it; and lists of 10,000 and of 100,000 rows, from the upload to the last message.

    make bench NAME=send_messages

The last line is JSON; `docs/benchmarks.md` tells what each figure means.
"""

import argparse
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

# So that it also runs as `python benchmarks/send_messages.py`.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring.figures import row
from benchmarks.sending import machine
from benchmarks.sending.machine import Machine

OURS = "ours"
# One message after the other: 150 ms each, whatever the machine does.
LOOPS = ("pywa_loop", "heyoo")
THREADS = ("pywa_threads", "requests_threads")
QUICK = {"rows": 5000, "rounds": 1, "seconds": 3.0, "pace_seconds": 8.0, "small": 1000, "large": 5000}


def main() -> int:
    options = _options()
    print(f"PostgreSQL 18 as it comes, fsync on; {os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}")
    with machine.running() as running:
        figures = _measure(running, options)
    print(json.dumps({"benchmark": "send_messages", **figures}))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast a batch goes out, beside what people use today.")
    parser.add_argument("--workers", type=int, default=2, help="processes of run_due_work (2)")
    parser.add_argument("--rows", type=int, default=20_000, help="messages of each round of ours (20000)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each that is compared (3)")
    parser.add_argument("--seconds", type=float, default=10, help="how long each of the others sends in a round (10)")
    parser.add_argument("--pace-seconds", type=float, default=30, help="how long each pace is watched (30)")
    parser.add_argument(
        "--small", type=int, default=10_000, help="rows of the list that memory is compared with (10000)"
    )
    parser.add_argument("--large", type=int, default=100_000, help="rows of the large list (100000)")
    parser.add_argument("--quick", action="store_true", help="a minute of everything, to see that it works")
    parser.add_argument("--only", choices=["rate", "pace", "lists"], help="one of the three parts")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    return options


def _measure(running: Machine, options: argparse.Namespace) -> dict[str, Any]:
    from benchmarks.sending.audit import Audit

    audit, figures = Audit(), {}
    parts = {"rate": _compare, "pace": _keep_pace, "lists": _send_lists}
    for name, measure in parts.items():
        if options.only in (None, name):
            figures |= measure(running, options, audit)
    return {**figures, "duplicates": audit.duplicates, "lost": audit.lost}


def _compare(running: Machine, options: argparse.Namespace, audit: Any) -> dict[str, Any]:
    from benchmarks.sending import rate

    running.begin_anew(messages_per_second=0)
    rounds: dict[str, list[float]] = {name: [] for name in (OURS, *THREADS)}
    for _ in range(options.rounds):
        sent = rate.of_a_campaign(running, options.rows, options.workers, audit)
        print(row("A message of ours takes of the processors", *sent.cpu_us))
        print(row("", *(f"{taken:.0f} µs" for taken in sent.cpu_us.values())), flush=True)
        rounds[OURS].append(sent.per_second)
        for way in THREADS:
            rounds[way].append(running.compare(way, seconds=options.seconds))
    loops = {way: running.compare(way, seconds=options.seconds) if _is_there(way) else None for way in LOOPS}
    per_second = {name: round(median(rates), 1) for name, rates in rounds.items()}
    _print(per_second | loops, rounds)
    return {
        "messages_per_second": per_second[OURS],
        "ratio_to_pywa_threads": _ratio(rounds, "pywa_threads"),
        "ratio_to_requests_threads": _ratio(rounds, "requests_threads"),
        **{f"{way}_per_second": per_second[way] for way in THREADS},
        **{f"{way}_per_second": told and round(told, 1) for way, told in loops.items()},
    }


def _is_there(way: str) -> bool:
    return find_spec(way.partition("_")[0]) is not None


def _ratio(rounds: dict[str, list[float]], way: str) -> float:
    """The median of ratios: both halves of a round share the weather."""
    return round(median(ours / theirs for ours, theirs in zip(rounds[OURS], rounds[way], strict=True)), 2)


def _print(per_second: dict[str, float | None], rounds: dict[str, list[float]]) -> None:
    print("\n" + row("Messages a second", "median", "least", "most"))
    for name, rate in per_second.items():
        told = rounds.get(name, [rate or 0])
        print(
            row(name, "absent" if rate is None else f"{rate:.1f}", f"{min(told):.1f}", f"{max(told):.1f}"), flush=True
        )


def _keep_pace(running: Machine, options: argparse.Namespace, audit: Any) -> dict[str, Any]:
    from benchmarks.sending import pace

    print("\n" + row(f"Pace over {options.pace_seconds:.0f} s", "a second", "error", "130429"))
    figures: dict[str, Any] = {"rate_limited_answers": 0}
    for limit in (80, 1000):
        kept = pace.of(running, limit, seconds=options.pace_seconds, workers=options.workers, audit=audit)
        print(row(f"limit {limit}", f"{kept.per_second:.1f}", f"{kept.error:.2%}", str(kept.refused)), flush=True)
        figures[f"pace_error_{limit}"] = round(kept.error, 4)
        figures["rate_limited_answers"] += kept.refused
    return figures


def _send_lists(running: Machine, options: argparse.Namespace, audit: Any) -> dict[str, Any]:
    from benchmarks.sending import lists

    print("\n" + row("Lists, with one worker", "judged s", "sent s", "worker MB", "web MB"))
    sent = {}
    for rows in (options.small, options.large):
        sent[rows] = lists.send(running, rows, audit)
        told = sent[rows]
        print(
            row(
                f"{rows} rows",
                f"{told.judged_seconds:.1f}",
                f"{told.sent_seconds:.1f}",
                f"{told.worker_mb:.0f}",
                f"{told.web_mb:.0f}",
            ),
            flush=True,
        )
    small, large = sent[options.small], sent[options.large]
    return {
        "rss_growth_mb": round(large.worker_mb - small.worker_mb, 1),
        "rss_growth_web_mb": round(large.web_mb - small.web_mb, 1),
        "csv_100k_seconds": round(large.judged_seconds, 1) if options.large == 100_000 else None,
    }


if __name__ == "__main__":
    raise SystemExit(main())
