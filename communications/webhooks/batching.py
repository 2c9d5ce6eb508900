"""Requests that wait for one INSERT: everything that arrived while the one before was under way."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

logger = logging.getLogger(__name__)

Store = Callable[[Sequence[bytes]], bool]

# How long a request waits, and how many may.
PATIENCE_SECONDS = 0.8
ROOM = 4000
# A database that has just failed is left alone for a moment; what comes meanwhile waits for the next try.
PAUSE_SECONDS = 0.5
BATCH_ROWS = 500
BATCH_BYTES = 8 * 1024 * 1024


@dataclass(slots=True, eq=False)
class _Waiting:
    body: bytes
    answer: asyncio.Future[bool]

    def settle(self, kept: bool) -> None:
        if not self.answer.done():
            self.answer.set_result(kept)
        # What waits behind a stalled database holds no memory.
        self.body = b""


class Batches:
    """Stores bodies in the order they came, one batch at a time, in a thread of its own.

    `store` returns True once a batch is committed. Nobody waits longer than PATIENCE_SECONDS; while a batch has been
    under way for longer than that, or the room is full, further requests are turned away at once.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[_Waiting] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="webhooks")
        self._writer: asyncio.Task[None] | None = None
        self._since = 0.0
        self._said = False

    async def keep(self, body: bytes) -> bool:
        """Wait until `body` is committed; False if it is not known to be, and Meta has to send it again."""
        loop = asyncio.get_running_loop()
        if len(self._waiting) >= ROOM or self._has_stalled(loop):
            self._say_once()
            return False
        waiting = _Waiting(body, loop.create_future())
        self._waiting.append(waiting)
        if self._writer is None:
            self._since = loop.time()
            self._writer = loop.create_task(self._write())
        impatience = loop.call_later(PATIENCE_SECONDS, waiting.settle, False)
        try:
            return await waiting.answer
        finally:
            impatience.cancel()

    async def finish(self, last: Callable[[], None]) -> None:
        """Run `last` in the writer's thread, after the batch under way, and end the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, last)
        self._thread.shutdown(wait=False)

    def _has_stalled(self, loop: asyncio.AbstractEventLoop) -> bool:
        return self._writer is not None and loop.time() - self._since > PATIENCE_SECONDS

    def _say_once(self) -> None:
        if not self._said:
            self._said = True
            logger.error("The database does not keep up: webhooks are answered 503 until it does")

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        # Whoever is ready in this round of the loop comes along.
        await asyncio.sleep(0)
        try:
            while batch := self._next_batch():
                self._since = loop.time()
                kept = await loop.run_in_executor(self._thread, self._stored, [waiting.body for waiting in batch])
                for waiting in batch:
                    waiting.settle(kept)
                self._said = False
                if not kept:
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._writer = None

    def _next_batch(self) -> list[_Waiting]:
        """Take what waits, and pass over those who were told to come again."""
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < BATCH_ROWS and size < BATCH_BYTES:
            waiting = self._waiting.popleft()
            if not waiting.answer.done():
                batch.append(waiting)
                size += len(waiting.body)
        return batch

    def _stored(self, bodies: Sequence[bytes]) -> bool:
        try:
            return self._store(bodies)
        except Exception:
            # Whatever it is: none of them is acknowledged, and the next batch is tried.
            logger.exception("%s webhooks could not be stored", len(bodies))
            return False
