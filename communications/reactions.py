"""What Meta's refusals mean for the messages that come after: slower, later, or one to find out."""

import random
import time

from communications import rate_limits, retries
from communications.errors import DeliveryUnconfirmed, MetaUnreachable, RateLimited, WhatsAppError
from communications.results import Outcome

FIRST_HOLD = 1.0
LONGEST_HOLD = 30.0
# Meta as a whole, or our account, cannot take anything for a moment.
_CLOSED_FOR_A_MOMENT = {131057, 133004}
# So many answers in a row that say nothing: whatever else is sent now would also be lost to `unconfirmed`.
MOST_UNKNOWN = 10


class Reactions:
    """Obeys Meta for a number: all processes feel it, through `rate_limits.py`."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._setbacks = self._unknown = 0
        self._held_until = 0.0

    def most(self, wanted: int) -> int:
        """How many may be tried now: while nothing comes through, one message finds out whether it does again."""
        return 1 if self._setbacks else wanted

    def answered(self) -> None:
        """Meta took a message, or refused one that it had understood."""
        self._setbacks = self._unknown = 0

    def failed(self, outcome: Outcome, failure: WhatsAppError) -> None:
        if isinstance(failure, MetaUnreachable) or failure.meta_code in _CLOSED_FOR_A_MOMENT:
            self._set_back()
        elif isinstance(failure, DeliveryUnconfirmed):
            self._unknown += 1
            if self._unknown >= MOST_UNKNOWN:
                self._set_back()
        elif isinstance(failure, RateLimited):
            self._limited(outcome, failure)
        else:
            self.answered()

    def _limited(self, outcome: Outcome, failure: RateLimited) -> None:
        if failure.meta_code == retries.PAIR_LIMIT:
            rate_limits.block_pair(self._number, outcome.message.recipient, outcome.pause or 0.0)
            return
        rate_limits.slow_down(self._number)
        if failure.retry_after:
            rate_limits.hold(self._number, failure.retry_after)

    def _set_back(self) -> None:
        """Hold everybody, the longer the more often it happens; what fails together counts once."""
        now = time.monotonic()
        if now < self._held_until:
            return
        longest = min(LONGEST_HOLD, FIRST_HOLD * 2.0 ** min(self._setbacks, 10))
        seconds = random.uniform(longest / 2, longest)  # noqa: S311 - to spread, not to hide
        self._setbacks += 1
        self._held_until = now + seconds
        rate_limits.hold(self._number, seconds)
