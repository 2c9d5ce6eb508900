"""The two paces of Meta's, kept in this process: messages of the number, and messages to one person.

Both are a time: that of the next free slot (GCRA). A number's slots lie one beside the other, at equal distances, and
are handed out a little ahead of time, so that whoever sends has the message in hand when its slot comes. Nothing is
saved up while nobody sends, so no second ever holds more than the limit.

`redis_buckets.py` does the same for all processes together.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

# One message in 6 seconds to the same person, bursts up to 45 (Meta's platform rate limits). Meta counts from the
# moment in which each arrives, so half a second is kept in hand.
PAIR_SECONDS = 6.0
PAIR_BURST = 45
PAIR_CREDIT = (PAIR_BURST - 1) * PAIR_SECONDS - 0.5

# Slots lie this much further apart than the limit says: two messages may be up to 15 ms nearer to each other when they
# arrive than when they left, and there is still no second that holds more than the limit.
SPACING = 1.015
# What stops one process often stops all of them: within so many seconds the longest stop counts, and not each.
ONE_STOP = 0.2
SLOWER = 0.8
# A second of quiet makes it this much faster, and no refusal is punished twice within a second.
FASTER = 1.05
QUIET_SECONDS = 1.0
SLOWEST = 1.0


class Grant(NamedTuple):
    """`granted` slots, the first in `wait_seconds`, the others `interval` seconds apart.

    Where none is granted, `wait_seconds` tells when to ask again. `rate` is what is allowed now, a second.
    """

    granted: int
    wait_seconds: float
    interval: float
    rate: float


class Buckets(Protocol):
    """What `rate_limits.py` needs, of this process or of all. `ceiling` is messages a second."""

    def reserve(
        self, number: str, wanted: int, *, ahead: float, ceiling: float, lead: float = 0.0, late: float = 0.0
    ) -> Grant:
        """Take up to `wanted` slots that begin within `ahead` seconds, after idle time not before `lead`.

        `late` is how far the caller was behind its slots: if others send too, what comes next comes as much later.
        """
        ...

    def slow_down(self, number: str, *, ceiling: float) -> None:
        """Meta said that it was too much: less for everybody, at most once a second."""
        ...

    def hold(self, number: str, seconds: float) -> None:
        """Grant nothing for `seconds`."""
        ...

    def pairs(self, number: str, people: Sequence[str]) -> list[float]:
        """Count a message to each of `people`; for each 0, or the seconds after which it may be asked again."""
        ...

    def block_pair(self, number: str, person: str, seconds: float) -> None:
        """Let nobody write to `person` for `seconds`."""
        ...


@dataclass
class _Pace:
    next_slot: float = 0.0
    rate: float | None = None
    cut_at: float = 0.0


class LocalBuckets:
    """Buckets of this process alone; safe to share between its threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._paces: dict[str, _Pace] = {}
        self._pairs: dict[tuple[str, str], float] = {}

    def reserve(
        self, number: str, wanted: int, *, ahead: float, ceiling: float, lead: float = 0.0, late: float = 0.0
    ) -> Grant:
        with self._lock:
            now, pace = self._clock(), self._paces.setdefault(number, _Pace())
            rate = _rate(pace, now, ceiling)
            interval = SPACING / rate
            # Who is late here is also the only one who sends: the wire keeps the second, and nobody else is in it.
            was_idle = pace.next_slot < now - lead
            first = now + lead if was_idle else max(now, pace.next_slot)
            if first > now + ahead:
                return Grant(0, first - now - ahead, interval, rate)
            granted = min(wanted, int((now + ahead - first) / interval) + 1)
            pace.next_slot = first + granted * interval
            return Grant(granted, first - now, interval, rate)

    def slow_down(self, number: str, *, ceiling: float) -> None:
        with self._lock:
            now, pace = self._clock(), self._paces.setdefault(number, _Pace())
            if pace.rate is None or now - pace.cut_at >= QUIET_SECONDS:
                pace.rate, pace.cut_at = max(SLOWEST, _rate(pace, now, ceiling) * SLOWER), now

    def hold(self, number: str, seconds: float) -> None:
        with self._lock:
            pace = self._paces.setdefault(number, _Pace())
            pace.next_slot = max(pace.next_slot, self._clock() + seconds)

    def pairs(self, number: str, people: Sequence[str]) -> list[float]:
        with self._lock:
            now = self._clock()
            self._forget_the_repaid(now)
            return [self._count(number, person, now) for person in people]

    def block_pair(self, number: str, person: str, seconds: float) -> None:
        with self._lock:
            blocked = self._clock() + PAIR_CREDIT + seconds
            self._pairs[number, person] = max(blocked, self._pairs.pop((number, person), 0))

    def _count(self, number: str, person: str, now: float) -> float:
        repaid_at = max(now, self._pairs.get((number, person), 0))
        if repaid_at - now > PAIR_CREDIT:
            return repaid_at - now - PAIR_CREDIT
        # Taken out and put back, so that the dictionary stays in the order of the latest message.
        self._pairs.pop((number, person), None)
        self._pairs[number, person] = repaid_at + PAIR_SECONDS
        return 0.0

    def _forget_the_repaid(self, now: float) -> None:
        while self._pairs and self._pairs[oldest := next(iter(self._pairs))] <= now:
            del self._pairs[oldest]


def _rate(pace: _Pace, now: float, ceiling: float) -> float:
    if pace.rate is None:
        return ceiling
    return min(ceiling, pace.rate * float(FASTER ** max(0.0, now - pace.cut_at)))
