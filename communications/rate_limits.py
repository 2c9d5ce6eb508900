"""How fast this number may send, and how often to one person: asked before each message, inline or from the queue.

With REDIS_URL one answer holds for all processes and machines; without it, for this process. It adapts: Meta's 130429
slows everybody down, quiet speeds them up again, to WHATSAPP_MESSAGES_PER_SECOND or to what Meta said of the number,
whichever is less.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from redis import RedisError

from communications.buckets import Buckets, Grant, LocalBuckets
from communications.capacity import capacity
from communications.conf import setting
from communications.redis_buckets import RedisBuckets

logger = logging.getLogger(__name__)

# How far ahead the queue takes slots, in seconds: long enough to fetch the messages that fill them, and short, because
# a message that came in meanwhile waits as long.
AHEAD = 0.15
# How far ahead the first slot lies after idle time, in seconds: the message that fills it has to be fetched.
LEAD = 0.08
# Nobody knows how many processes there are while Redis is silent; four of them stay within the limit.
SHARE_WITHOUT_REDIS = 0.25
_TRY_REDIS_AGAIN = 2.0

_T = TypeVar("_T")


def take(number: str, wanted: int, *, late: float = 0.0) -> Grant:
    """Take up to `wanted` slots of the near future for the queue.

    `late` is by how many seconds this process was behind its slots: the next ones of all processes come as much later,
    so that what it catches up never stands beside what others send on time. That is never more than it took ahead.
    """
    return _ask(
        lambda buckets, share: buckets.reserve(
            number, wanted, ahead=AHEAD, ceiling=ceiling(number) * share, lead=LEAD, late=min(late, AHEAD)
        )
    )


def allowed(number: str) -> float:
    """Messages a second that may be sent now. No slot lies in the past, so none is taken, and nothing is written."""
    return _ask(lambda buckets, share: buckets.reserve(number, 0, ahead=-1.0, ceiling=ceiling(number) * share)).rate


def redis_answers() -> bool | None:
    """Whether Redis answered when it was last asked for a pace; None where there is none."""
    return not _state.silent_until if setting("REDIS_URL") else None


def take_one(number: str, *, within: float) -> float | None:
    """Take the next free slot for a message that somebody waits for: the seconds until then.

    It goes before everything that is queued. None if it would be later than `within` seconds.
    """
    grant = _ask(lambda buckets, share: buckets.reserve(number, 1, ahead=within, ceiling=ceiling(number) * share))
    return grant.wait_seconds if grant.granted else None


def slow_down(number: str) -> None:
    """Obey Meta's 130429."""
    _ask(lambda buckets, share: buckets.slow_down(number, ceiling=ceiling(number) * share))


def hold(number: str, seconds: float) -> None:
    """Let nobody send for so long: Meta said Retry-After, or cannot be reached."""
    _ask(lambda buckets, share: buckets.hold(number, seconds))


def pairs(number: str, people: Sequence[str]) -> list[float]:
    """Count a message to each of `people`; for each 0, or the seconds after which it may be asked again."""
    return _ask(lambda buckets, share: buckets.pairs(number, people)) if people else []


def block_pair(number: str, person: str, seconds: float) -> None:
    """Obey Meta's 131056: this person gets nothing for so long, the others go on."""
    _ask(lambda buckets, share: buckets.block_pair(number, person, seconds))


def ceiling(number: str) -> float:
    """Messages a second: the setting, or less if Meta said so. An upgrade at Meta alone does not raise it."""
    wanted = float(setting("WHATSAPP_MESSAGES_PER_SECOND"))
    return min(wanted, capacity(number).messages_a_second or wanted)


def forget() -> None:
    """Begin anew, as a process does that has just started."""
    _state.__init__()  # type: ignore[misc]


class _State:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.local: Buckets = LocalBuckets()
        self.shared: dict[str, Buckets] = {}
        self.silent_until = 0.0


_state = _State()


def _ask(question: Callable[[Buckets, float], _T]) -> _T:
    """Ask Redis, and while it is silent this process's own buckets, for a share of the pace."""
    url = setting("REDIS_URL")
    if not url:
        return question(_state.local, 1.0)
    if time.monotonic() >= _state.silent_until:
        try:
            answer = question(_shared(url), 1.0)
        except RedisError as exc:
            if not _state.silent_until:
                logger.error("Redis did not answer (%s): sending slower, at a pace of our own", type(exc).__name__)
            _state.silent_until = time.monotonic() + _TRY_REDIS_AGAIN
        else:
            _state.silent_until = 0.0
            return answer
    return question(_state.local, SHARE_WITHOUT_REDIS)


def _shared(url: str) -> Buckets:
    with _state.lock:
        if url not in _state.shared:
            _state.shared[url] = RedisBuckets(url)
        return _state.shared[url]
