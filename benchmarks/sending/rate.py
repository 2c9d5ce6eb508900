"""How many messages a second go from queued rows to rows that say "accepted", and what they take of the processors."""

import time
from dataclasses import dataclass

from benchmarks.measuring.processes import cpu_seconds
from benchmarks.sending import rows
from benchmarks.sending.audit import Audit
from benchmarks.sending.machine import Machine
from communications import campaigns


@dataclass(frozen=True)
class Sent:
    """`cpu_us`: processor time of each part for a message, in microseconds."""

    per_second: float
    cpu_us: dict[str, float]


def of_a_campaign(machine: Machine, number: int, workers: int, audit: Audit) -> Sent:
    """Send so many messages with workers that wait for work."""
    rows.empty()
    machine.begin_anew()
    campaign = rows.queue(number)
    with machine.workers(workers) as processes:
        machine.wait_for_workers(workers)
        parts = {"workers": [each.pid for each in processes], **{name: [pid] for name, pid in machine.services.items()}}
        before, started = {name: cpu_seconds(pids) for name, pids in parts.items()}, time.monotonic()
        campaigns.start(campaign)
        ended = rows.wait_until_none_waits(campaign, seconds=60 + number / 50)
        cpu_us = {name: (cpu_seconds(pids) - before[name]) / number * 1e6 for name, pids in parts.items()}
    audit.take_stock(machine.meta)
    return Sent(number / (ended - started), cpu_us)
