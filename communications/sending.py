"""The queue worked off: take what the pace grants, send it, record what came of it; hundreds in flight.

The thread that calls does the work with the database, and a second one, with an event loop, the work with Meta. What
is taken is written at once, or put back: whoever dies in between leaves few rows of which nobody knows.
"""

import logging
import threading
import time
from collections.abc import Sequence

from django.db import DatabaseError, InterfaceError, connection

from communications import channel, rate_limits, results
from communications.buckets import Grant
from communications.claims import Claims, Portion
from communications.credentials import is_configured, our_credentials
from communications.errors import ChannelPaused, NotConfigured, PausedByPerson
from communications.graph.client import Credentials
from communications.graph.protocol import Accepted
from communications.reactions import Reactions
from communications.results import Claimed, Outcome
from communications.wire import Pace, Wire

logger = logging.getLogger(__name__)

MOST_IN_FLIGHT = 500
# Results are recorded together: as soon as so many have come, or so many seconds after the last time.
RECORD_AT_ONCE = 200
RECORD_SECONDS = 0.08
# How long results are waited for, and kept for a database that does not answer, and how often it is tried; in seconds.
PATIENCE = 60.0
RECORD_AGAIN = 0.5
# How often it is asked whether Meta has paused the channel, and an empty queue for more; in seconds.
LOOK_AT_CHANNEL = 0.5
LOOK_FOR_MORE = 0.1
_SHORTEST_WAIT = 0.005


def send_due(*, stop: threading.Event | None = None, seconds: float = 10.0) -> int:
    """Send what is due until nothing is, `stop` is set or the time is over; return how many left the queue.

    What is on its way to Meta then is waited for and recorded. While the channel is paused, by Meta or by a person, or
    nothing is configured, nothing is taken. Raises DatabaseError or InterfaceError; nothing is lost by that, and
    nothing sent twice.
    """
    credentials = _credentials()
    if credentials is None:
        return 0
    with Wire() as wire:
        return _Sending(wire, credentials, stop or threading.Event(), time.monotonic() + seconds).run()


class _Sending:
    """One call of `send_due`. Moments are those of `time.monotonic`."""

    def __init__(self, wire: Wire, credentials: Credentials, stop: threading.Event, until: float) -> None:
        self._wire, self._credentials, self._stop, self._until = wire, credentials, stop, until
        self._claims = Claims()
        self._reactions = Reactions(credentials.phone_number_id)
        self._outcomes: list[Outcome] = []
        self._left_the_queue = 0
        self._take_at = self._record_at = 0.0
        self._look_at_channel_at = time.monotonic() + LOOK_AT_CHANNEL
        self._appetite = MOST_IN_FLIGHT
        self._is_open, self._is_drained = True, False

    def run(self) -> int:
        try:
            while not self._is_over():
                if time.monotonic() >= self._take_at:
                    self._take()
                self._wait()
                self._collect()
                if len(self._outcomes) >= RECORD_AT_ONCE or time.monotonic() >= self._record_at:
                    self._record()
                self._look_at_channel()
        finally:
            self._finish()
        return self._left_the_queue

    def _is_over(self) -> bool:
        is_idle = self._is_drained and not self._wire.in_flight and not self._outcomes
        return is_idle or not self._is_open or self._stop.is_set() or time.monotonic() >= self._until

    def _wait(self) -> None:
        """Sleep until the next step: results wait to be recorded together."""
        steps = [self._take_at, self._until, *([self._record_at] if self._wire.in_flight or self._outcomes else [])]
        seconds = max(_SHORTEST_WAIT, min(steps) - time.monotonic())
        if self._wire.in_flight:
            self._wire.wait(seconds)
        elif self._outcomes or not self._is_drained:
            self._stop.wait(seconds)

    def _look_at_channel(self) -> None:
        """Another process may have heard that Meta paused it."""
        if time.monotonic() >= self._look_at_channel_at:
            self._look_at_channel_at = time.monotonic() + LOOK_AT_CHANNEL
            self._is_open = _credentials() is not None

    def _take(self) -> None:
        now = time.monotonic()
        wanted = min(MOST_IN_FLIGHT - self._wire.in_flight, self._reactions.most(self._appetite))
        if wanted <= 0:
            self._take_at = now + _SHORTEST_WAIT
            return
        grant = rate_limits.take(self._credentials.phone_number_id, wanted, late=self._wire.take_lateness())
        if not grant.granted:
            self._take_at = now + max(grant.wait_seconds, _SHORTEST_WAIT)
            return
        portion = self._claim(grant.granted)
        self._left_the_queue += portion.given_up
        self._send(portion.messages, grant, asked_at=now)
        self._is_drained = not portion.seen
        if portion.seen < grant.granted:
            # A slot that nobody fills is lost: ask for few until there is more.
            self._appetite, self._take_at = max(1, 2 * portion.seen), now + LOOK_FOR_MORE
        else:
            self._appetite = min(MOST_IN_FLIGHT, 2 * self._appetite)
            self._take_at = now + grant.wait_seconds + grant.granted * grant.interval - rate_limits.AHEAD / 2

    def _claim(self, wanted: int) -> Portion:
        try:
            return self._claims.take(wanted, self._credentials)
        except (DatabaseError, InterfaceError):
            # The commit may have gone through and only its answer been lost: what we hold then was not sent.
            self._outcomes += [Outcome(message, pause=0.0) for message in self._claims.in_hand]
            raise

    def _send(self, messages: Sequence[Claimed], grant: Grant, *, asked_at: float) -> None:
        number = self._credentials.phone_number_id
        waits = rate_limits.pairs(number, [message.recipient for message in messages])
        told = list(zip(messages, waits, strict=True))
        self._outcomes += [Outcome(message, pause=wait) for message, wait in told if wait]
        ready = [message for message, wait in told if not wait]
        pace = Pace(grant.interval, max(1, int(rate_limits.ceiling(number))))
        self._wire.send(ready, self._credentials, first_at=asked_at + grant.wait_seconds, pace=pace)

    def _collect(self) -> None:
        for message, result in self._wire.collect():
            if result is None:
                self._outcomes.append(Outcome(message, pause=0.0))
            elif isinstance(result, Accepted):
                self._outcomes.append(Outcome(message, accepted=result))
                self._reactions.answered()
            else:
                outcome = results.judged(message, result)
                self._outcomes.append(outcome)
                self._reactions.failed(outcome, result)
                self._is_open = self._is_open and not isinstance(result, ChannelPaused | NotConfigured)

    def _record(self) -> None:
        if self._outcomes:
            self._left_the_queue += results.record(self._outcomes, self._credentials)
            self._outcomes = []
        self._record_at = time.monotonic() + RECORD_SECONDS

    def _finish(self) -> None:
        """Put back what was not written, wait for what was, and record it, for as long as the database takes."""
        self._wire.recall()
        give_up_at = time.monotonic() + PATIENCE
        while (self._wire.in_flight or self._outcomes) and time.monotonic() < give_up_at:
            self._wire.wait(RECORD_SECONDS)
            self._collect()
            try:
                self._record()
            except (DatabaseError, InterfaceError) as exc:
                logger.error("Results could not be recorded (%s); trying again", type(exc).__name__)
                _renew_connection()
                time.sleep(RECORD_AGAIN)
        if self._wire.in_flight or self._outcomes:
            keys = ", ".join(str(outcome.message.pk) for outcome in self._outcomes) or "none"
            logger.critical("Answers that did not come: %s. Not recorded: %s", self._wire.in_flight, keys)


def _credentials() -> Credentials | None:
    """As whom to send; None if that is not configured, or Meta or a person has paused the channel."""
    if not is_configured():
        return None
    told = our_credentials()
    try:
        channel.require_open(told.phone_number_id, told.access_token, about_to_send=True)
    except (ChannelPaused, PausedByPerson):
        return None
    return told


def _renew_connection() -> None:
    """Take a new connection for the next attempt; inside somebody's transaction there is only the one."""
    if not connection.in_atomic_block:
        connection.close()
