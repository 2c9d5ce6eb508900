"""What was not sent may go later: when a queued message is tried again. Pure.

Whether it is worth another attempt follows from what Meta's code means (`meta_codes.py`) and from how far the request
came; nothing that may have been sent comes here.
"""

import random
from datetime import timedelta

from communications.errors import ChannelPaused, MetaError, MetaUnreachable, NotConfigured, RateLimited, WhatsAppError
from communications.meta_codes import Action, explain

PAIR_LIMIT = 131056

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 15 * 60.0
# How soon a message may be tried again whose template Meta has paused, in seconds.
HELD_SECONDS = 60.0
_A_DAY = timedelta(hours=24).total_seconds()


def pause_after(failure: WhatsAppError, attempts: int) -> float | None:
    """Seconds until a message is tried again that has failed `attempts` times before this; None if it is not."""
    if isinstance(failure, ChannelPaused | NotConfigured):
        # The queue waits as it is, and goes on when the channel is open.
        return 0.0
    if isinstance(failure, RateLimited):
        return max(_backoff(failure, attempts), failure.retry_after or 0.0)
    if isinstance(failure, MetaUnreachable):
        return _backoff(failure, attempts)
    if isinstance(failure, MetaError):
        return _later(explain(failure.meta_code).action)
    return None


def counts(failure: WhatsAppError) -> bool:
    """Say whether this was an attempt: a message that only waits for its template or its channel made none."""
    return isinstance(failure, RateLimited | MetaUnreachable) and not isinstance(failure, ChannelPaused)


def _later(action: Action) -> float | None:
    if action is Action.HOLD:
        return HELD_SECONDS
    if action is Action.WAIT:
        # An hour's room, so that what was sent together does not come back together.
        return _A_DAY + random.uniform(0, 3600)  # noqa: S311 - to spread, not to hide
    return None


def _backoff(failure: WhatsAppError, attempts: int) -> float:
    """Exponential, and any moment of the time (full jitter): what failed together does not come back together.

    For one recipient Meta's own advice is 4^n seconds.
    """
    if failure.meta_code == PAIR_LIMIT:
        return min(LONGEST_PAUSE, 4.0 ** min(attempts, 9))
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts, 20)))  # noqa: S311 - as above
