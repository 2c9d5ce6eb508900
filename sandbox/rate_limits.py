"""Meta's two paces: messages a second for the business number, and messages to one person."""

import time
from collections import deque
from collections.abc import Callable
from itertools import islice

from sandbox.graph_errors import GraphError

PAIR_BURST = 45


class Throughput:
    """Refuse, with 130429, what goes above the limit within the running second."""

    def __init__(self) -> None:
        self.admitted: deque[float] = deque()

    def admit(self, messages_per_second: int, *, at: float) -> None:
        """`at` is when the message came, in seconds of a clock that only goes forward."""
        if not messages_per_second:
            return
        while self.admitted and self.admitted[0] <= at - 1:
            self.admitted.popleft()
        if len(self.admitted) >= messages_per_second:
            raise GraphError(130429)
        self.admitted.append(at)


class PairLimit:
    """Refuse, with 131056, a burst above 45 messages to one person, until its time is repaid."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.repaid_at: dict[str, float] = {}
        self.blocked: set[str] = set()

    def admit(self, phone: str, *, pair_seconds: int) -> None:
        if not pair_seconds:
            return
        now = self.clock()
        repaid_at = max(now, self.repaid_at.get(phone, now))
        if repaid_at <= now:
            self.blocked.discard(phone)
        if phone in self.blocked or repaid_at - now > (PAIR_BURST - 1) * pair_seconds:
            self.blocked.add(phone)
            raise GraphError(131056)
        # Taken out and put back, so that the dictionary stays in the order of the latest message.
        self.repaid_at.pop(phone, None)
        self.repaid_at[phone] = repaid_at + pair_seconds
        self.forget_the_repaid(now)

    def forget_the_repaid(self, now: float) -> None:
        for phone in list(islice(self.repaid_at, 2)):
            if self.repaid_at[phone] <= now:
                del self.repaid_at[phone]
                self.blocked.discard(phone)
