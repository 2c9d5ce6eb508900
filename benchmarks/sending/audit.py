"""The sandbox's count beside our rows, after each part: nobody got two messages, and none is missing."""

from dataclasses import dataclass

from benchmarks.measuring.meta import Meta
from communications.models import Message, Status

TAKEN = (Status.ACCEPTED, Status.HELD, Status.SENT, Status.DELIVERED, Status.READ)


@dataclass
class Audit:
    """`lost`: recorded as taken and never arrived, arrived and not recorded, or given up although nothing was wrong."""

    duplicates: int = 0
    lost: int = 0

    def take_stock(self, meta: Meta, *, may_wait: bool = False) -> None:
        """Compare all rows there are with all that arrived. `may_wait`: the rest of a campaign that was paused."""
        arrived = meta.references()
        rows = {str(pk): status for pk, status in Message.objects.values_list("pk", "status").iterator(5000)}
        recorded = {reference for reference, status in rows.items() if status in TAKEN}
        waiting = {reference for reference, status in rows.items() if may_wait and status == Status.QUEUED}
        self.duplicates += sum(times - 1 for times in arrived.values())
        self.lost += len(recorded ^ arrived.keys()) + len(rows.keys() - recorded - waiting - arrived.keys())
