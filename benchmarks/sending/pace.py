"""How near to the limit a batch is sent, while the sandbox refuses what is above it."""

import time
from dataclasses import dataclass

from benchmarks.sending import rows
from benchmarks.sending.audit import Audit
from benchmarks.sending.machine import Machine
from communications import campaigns

# After the first message, until the pace is what it stays.
SETTLING_SECONDS = 3.0
# Rows beyond those that are watched: for the beginning, and so that they never run short.
SPARE_SECONDS = 10.0


@dataclass(frozen=True)
class Kept:
    """`refused`: answers of 130429, from the first message on."""

    limit: int
    per_second: float
    refused: int

    @property
    def error(self) -> float:
        return abs(self.per_second - self.limit) / self.limit


def of(machine: Machine, limit: int, *, seconds: float, workers: int, audit: Audit) -> Kept:
    """Send at `limit` messages a second for so long, and count what arrived."""
    rows.empty()
    machine.begin_anew(messages_per_second=limit)
    campaign = rows.queue(int(limit * (seconds + SPARE_SECONDS)))
    with machine.workers(workers, WHATSAPP_MESSAGES_PER_SECOND=str(limit)):
        machine.wait_for_workers(workers)
        campaigns.start(campaign)
        while not machine.meta.tally()["accepted"]:
            time.sleep(0.05)
        time.sleep(SETTLING_SECONDS)
        before = machine.meta.tally()
        time.sleep(seconds)
        after = machine.meta.tally()
        campaigns.pause(campaign)
        rows.wait_until_none_is_sent(campaign, seconds=30)
    audit.take_stock(machine.meta, may_wait=True)
    machine.begin_anew(messages_per_second=0)
    per_second = (after["accepted"] - before["accepted"]) / (after["at"] - before["at"])
    return Kept(limit, per_second, after["refused"].get("130429", 0))
