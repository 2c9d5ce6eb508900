"""The thread that talks to Meta: messages go in with the moment at which each is due, answers come out."""

import asyncio
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from communications.errors import ChannelPaused, DeliveryUnconfirmed, NotConfigured, WhatsAppError
from communications.graph import payloads
from communications.graph.bulk_client import BulkClient
from communications.graph.client import Credentials
from communications.graph.protocol import Accepted, read_send_answer
from communications.results import Claimed
from communications.running_second import RunningSecond
from communications.sentences import Sentence

new_event_loop: Callable[[], asyncio.AbstractEventLoop]
try:
    from uvloop import new_event_loop
except ImportError:
    # Where there is none, Python's own is slower and does the same.
    new_event_loop = asyncio.new_event_loop

logger = logging.getLogger(__name__)

# A process that was stopped for so many seconds writes nothing of what it took before: others may have given it up.
TOO_LATE = 60.0
# What became late is caught up at distances of four fifths, in bunches of a few milliseconds: the event loop counts
# milliseconds, and a bunch that is larger arrives at another pace than it leaves.
CATCHING_UP = 0.8
_BUNCH = 0.004
_TICK = 0.0005
# Less than this is not late.
NOT_LATE = 0.01

# Meta's answer, or why there is none; None if the message was never written to Meta.
Answered = tuple[Claimed, Accepted | WhatsAppError | None]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A message and the moment at which it is to be written, by `time.monotonic`."""

    at: float
    message: Claimed
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Pace:
    """The distance between two messages in seconds, and how many Meta takes in any one second."""

    interval: float
    most_a_second: int


class Wire:
    """Sends messages from a thread with an event loop, which it starts with the first of them.

    Everything here is called from one thread; only what begins with `_loop` runs in the other.
    """

    def __init__(self) -> None:
        self._answers: deque[Answered] = deque()
        self._all_back = threading.Event()
        self._thread: threading.Thread | None = None
        self._planned: deque[_Planned] = deque()
        self._distance = self._not_before = 0.0
        self._under_way: set[asyncio.Task[None]] = set()
        self._second = RunningSecond()
        self._late = 0.0
        self._made_up_until = self._planned_until = -math.inf
        self.in_flight = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join()
            self._loop.close()

    def send(self, messages: Sequence[Claimed], credentials: Credentials, *, first_at: float, pace: Pace) -> None:
        """Send the first of `messages` at `first_at`, by `time.monotonic`, and the others at their distances."""
        if not messages:
            return
        self._start()
        self.in_flight += len(messages)
        self._all_back.clear()
        planned = [
            _Planned(first_at + place * pace.interval, message, credentials) for place, message in enumerate(messages)
        ]
        self._planned_until = planned[-1].at
        self._loop.call_soon_threadsafe(self._loop_schedule, planned, pace)

    def take_lateness(self) -> float:
        """By how many seconds messages left after their moments since it was last asked; what is known counts once."""
        late, self._late = self._late, 0.0
        if late < NOT_LATE:
            return 0.0
        self._made_up_until = self._planned_until
        return late - NOT_LATE

    def recall(self) -> None:
        """Give back at once what was not yet written."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop_recall)

    def collect(self) -> list[Answered]:
        """Take what has come back since the last time."""
        answers = [self._answers.popleft() for _ in range(len(self._answers))]
        self.in_flight -= len(answers)
        return answers

    def wait(self, seconds: float) -> None:
        """Wait for so long, or until everything is back."""
        self._all_back.wait(seconds)

    def _start(self) -> None:
        if self._thread is None:
            started = threading.Event()
            self._loop = new_event_loop()
            self._timer = self._loop.call_later(0, _nothing)
            self._thread = threading.Thread(target=self._run, args=[started], name="wire to Meta", daemon=True)
            self._thread.start()
            started.wait()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._loop_main(started))
        finally:
            started.set()

    async def _loop_main(self, started: threading.Event) -> None:
        self._over = asyncio.Event()
        async with BulkClient() as self._client:
            started.set()
            await self._over.wait()

    def _loop_schedule(self, planned: Sequence[_Planned], pace: Pace) -> None:
        self._second.most = pace.most_a_second
        self._distance = pace.interval * CATCHING_UP
        self._planned.extend(planned)
        # The last of those before may have come back since they were handed over.
        self._all_back.clear()
        self._loop_write_what_is_due()

    def _loop_write_what_is_due(self) -> None:
        """Write the messages whose moments have come, one after another, and come back for the next."""
        self._timer.cancel()
        while self._planned:
            now, planned = time.monotonic(), self._planned[0]
            # Some of the last second may have been written later than planned, and Meta counts what comes.
            wait = max(planned.at - now, self._not_before - now, self._second.wait(now))
            if wait > _TICK:
                self._timer = self._loop.call_later(wait, self._loop_write_what_is_due)
                return
            self._planned.popleft()
            if now > planned.at + TOO_LATE:
                self._loop_give_back(planned.message)
                continue
            self._second.begin()
            if planned.at > self._made_up_until:
                self._late = max(self._late, now - planned.at)
            self._not_before = max(self._not_before, now - _BUNCH) + self._distance
            task = self._loop.create_task(self._loop_post(planned.message, planned.credentials))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _loop_recall(self) -> None:
        self._timer.cancel()
        while self._planned:
            self._loop_give_back(self._planned.popleft().message)

    def _loop_give_back(self, message: Claimed) -> None:
        self._answers.append((message, None))
        self._loop_look_whether_all_is_back()

    async def _loop_post(self, message: Claimed, credentials: Credentials) -> None:
        result: Accepted | WhatsAppError
        is_written = False

        def write() -> None:
            nonlocal is_written
            if not is_written:
                is_written = True
                self._second.write(time.monotonic())

        try:
            answer = await self._client.post_message(credentials, _body(message), when_connected=write)
            result = read_send_answer(answer)
        except (ChannelPaused, NotConfigured) as refusal:
            # The others would meet the same, and Meta counts refusals.
            self._loop_recall()
            result = refusal
        except WhatsAppError as failure:
            result = failure
        except Exception:
            logger.exception("Message %s met an error of ours while it was sent", message.pk)
            result = DeliveryUnconfirmed(Sentence("An error of ours came while it was sent."))
        finally:
            # What never was is over all the same.
            write()
        self._answers.append((message, result))
        self._loop_look_whether_all_is_back(but_for=1)

    def _loop_look_whether_all_is_back(self, but_for: int = 0) -> None:
        if not self._planned and len(self._under_way) <= but_for:
            self._all_back.set()


def _nothing() -> None:
    """What is due while nothing is planned."""


def _body(message: Claimed) -> dict[str, object]:
    return payloads.envelope(
        message.content,
        to=message.to_number,
        user_id=message.to_user_id,
        message_id=str(message.pk),
        reply_to=message.reply_to,
    )
