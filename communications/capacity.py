"""What Meta lets our number do, as its webhooks last said: messages a second, people a day."""

import re
import threading
import time
from dataclasses import dataclass

from communications.models import Channel

# How long Meta's word is kept in memory: it is asked for with every message.
KEPT_SECONDS = 5.0
# Messages a second, by Meta's word for a number's throughput.
THROUGHPUT = {"STANDARD": 80.0, "HIGH": 1000.0}
_UNITS = {"": 1, "K": 1_000, "M": 1_000_000}


@dataclass(frozen=True)
class Capacity:
    """None where there is no limit, or where Meta has said nothing."""

    messages_a_second: float | None = None
    people_a_day: int | None = None


_kept: dict[str, tuple[Capacity, float]] = {}
_lock = threading.Lock()


def capacity(number: str) -> Capacity:
    """What Meta said within the last few seconds, or before."""
    with _lock:
        kept = _kept.get(number)
    if kept and time.monotonic() < kept[1]:
        return kept[0]
    told = capacity_now(number)
    with _lock:
        _kept[number] = told, time.monotonic() + KEPT_SECONDS
    return told


def capacity_now(number: str) -> Capacity:
    """What Meta has said until now."""
    row = Channel.objects.filter(pk=number).values_list("throughput", "messaging_limit").first()
    if row is None:
        return Capacity()
    throughput, tier = row
    return Capacity(THROUGHPUT.get(throughput), people_in(tier))


def people_in(tier: str) -> int | None:
    """People a day in one of Meta's words for it, such as TIER_10K; None for no limit, and for an unknown word."""
    amount = re.fullmatch(r"(?:TIER_)?([0-9]+)(K|M|)", tier)
    return int(amount[1]) * _UNITS[amount[2]] if amount else None


def forget() -> None:
    """Ask again."""
    with _lock:
        _kept.clear()
