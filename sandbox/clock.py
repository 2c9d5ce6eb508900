"""A clock that can be put forward: what takes weeks at Meta is seen at once."""

import time
from collections.abc import Callable

DAY = 24 * 3600


class Clock:
    """Tells the time of media, templates and the age of messages. Only ever put forward.

    >>> clock = Clock(lambda: 100.0)
    >>> clock.advance(5)
    >>> clock()
    105.0
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self.source = source
        self.ahead = 0.0

    def __call__(self) -> float:
        return self.source() + self.ahead

    def advance(self, seconds: float) -> None:
        """Put the clock forward. ValueError: it does not go back."""
        if seconds < 0:
            raise ValueError("the clock goes forward only")
        self.ahead += seconds
