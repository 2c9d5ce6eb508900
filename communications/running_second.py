"""How many messages Meta has got within the running second, as the process that writes them sees it."""

from collections import deque

# A second as Meta counts it, and a little for the way there.
FULL_SECOND = 1.015
# How long to wait for connections that are being made, when there are as many of them as messages are allowed.
_CONNECTING = 0.002


class RunningSecond:
    """Says when the next message may begin so that no second holds more than `most`. Moments are in seconds.

    A message that has begun may have to wait for its connection, and counts all the while: at the beginning of a batch
    hundreds of connections are made, and what waited for one arrives together with what came after it.
    """

    def __init__(self) -> None:
        self._written: deque[float] = deque(maxlen=1)
        self._begun = 0

    @property
    def most(self) -> int:
        return self._written.maxlen or 1

    @most.setter
    def most(self, most: int) -> None:
        if most != self.most:
            self._written = deque(self._written, maxlen=most)

    def begin(self) -> None:
        self._begun += 1

    def write(self, now: float) -> None:
        """One of those that have begun is written now."""
        self._begun -= 1
        self._written.append(now)

    def wait(self, now: float) -> float:
        """Return how many seconds the next one has to wait; 0 or less: not at all."""
        allowed = self.most - self._begun
        if allowed <= 0:
            return _CONNECTING
        return self._written[-allowed] + FULL_SECOND - now if len(self._written) >= allowed else 0.0
