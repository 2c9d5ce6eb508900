"""An open-loop HTTP/1.1 client: requests leave at a steady rate, whatever the answers do.

As little work as can be for each request: whole requests as bytes, kept-alive connections with one request on the
road each, and just enough reading of the answer to know its status and its end.
"""

import asyncio
import time
from array import array
from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple

TICK_SECONDS = 0.001
CHECK_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 60.0
LONGEST_RECONNECT_SECONDS = 1.0
OK = 200


class Target(NamedTuple):
    """Where the requests go, and how the client behaves. Times in seconds."""

    host: str
    port: int
    connections: int
    rate: float
    timeout: float
    retry: float
    settle: float


class Post:
    """One request. `due` is when it should leave: a wait for a free connection counts as latency."""

    __slots__ = ("acknowledged", "attempts", "due", "request", "sent_at")

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.attempts = 0
        self.due = 0.0
        self.sent_at = 0.0
        self.acknowledged = False


class Connection(asyncio.Protocol):
    """A kept-alive connection, with `post` on the road or None."""

    def __init__(self, flood: "HttpFlood") -> None:
        self.flood = flood
        self.post: Post | None = None
        self.received = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the type checker
        self.transport = transport
        self.flood.connections.add(self)
        self.flood.serve(self)

    def send(self, post: Post) -> None:
        self.post = post
        post.sent_at = self.flood.loop.time()
        post.attempts += 1
        self.transport.write(post.request)

    def data_received(self, data: bytes) -> None:
        data = self.received + data if self.received else data
        try:
            status, keep = read_answer(data)
        except ValueError:
            self.give_up("unreadable answer")
            return
        if keep is None:
            self.received = data
            return
        post, self.post, self.received = self.post, None, b""
        if post is not None:
            self.flood.answered(post, status)
        if keep and post is not None:
            self.flood.serve(self)
        else:
            self.transport.close()

    def give_up(self, reason: str) -> None:
        post, self.post = self.post, None
        if post is not None:
            self.flood.failed(post, reason)
        self.transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.give_up("connection")
        self.flood.connections.discard(self)
        self.flood.reconnect()


def read_answer(data: bytes) -> tuple[int, bool | None]:
    """Return the status, and whether the connection may be kept: None while the answer is not whole.

    >>> read_answer(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    (200, True)
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0, None
    head = data[:end].lower() + b"\r\n"
    status = int(head[9:12])
    keep = b"\r\nconnection: close" not in head and head.startswith(b"http/1.1")
    found = head.find(b"\r\ncontent-length:")
    if found >= 0:
        length = int(head[found + 17 : head.index(b"\r\n", found + 2)])
        return status, keep if len(data) >= end + 4 + length else None
    if b"\r\ntransfer-encoding: chunked" in head:
        return status, keep if data.endswith(b"\r\n0\r\n\r\n") else None
    # Without either, the body ends with the connection, and of the body nothing is needed.
    return status, keep and status in {204, 304}


class HttpFlood:
    """Sends the posts, each until it is answered 200. `run` once."""

    def __init__(self, posts: Sequence[Post], target: Target) -> None:
        self.posts = posts
        self.target = target
        self.launched = 0
        self.acknowledged = 0
        self.retried = 0
        self.refused: Counter[str] = Counter()
        self.latencies = array("d")
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.connections: set[Connection] = set()
        self.idle: deque[Connection] = deque()
        self.backlog: deque[Post] = deque()
        self.tasks: set[asyncio.Task[None]] = set()
        self.stopped = False

    async def run(self) -> None:
        """Send everything, then wait for the retries, `settle` seconds at most."""
        self.loop = asyncio.get_running_loop()
        self.done = asyncio.Event()
        opened = await asyncio.gather(*(self.open() for _ in range(self.target.connections)), return_exceptions=True)
        for _ in (failure for failure in opened if failure is not None):
            self.reconnect()
        self.started, cpu = self.loop.time(), time.thread_time()
        self.tick()
        self.check()
        try:
            allowed = len(self.posts) / self.target.rate + self.target.settle
            await asyncio.wait_for(self.done.wait(), allowed)
        except TimeoutError:
            self.seconds = self.loop.time() - self.started
        self.cpu_seconds = time.thread_time() - cpu
        await self.stop()

    async def stop(self) -> None:
        self.stopped = True
        for task in self.tasks:
            task.cancel()
        for connection in list(self.connections):
            connection.post = None
            connection.transport.abort()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def tick(self) -> None:
        """Launch what is due by now."""
        rate = self.target.rate
        due = min(len(self.posts), int((self.loop.time() - self.started) * rate) + 1)
        for number in range(self.launched, due):
            post = self.posts[number]
            post.due = self.started + number / rate
            self.offer(post)
        self.launched = due
        if due < len(self.posts) and not self.stopped:
            self.loop.call_later(TICK_SECONDS, self.tick)

    def check(self) -> None:
        """Give up on what is on the road for too long."""
        if self.stopped:
            return
        latest = self.loop.time() - self.target.timeout
        for connection in list(self.connections):
            if connection.post is not None and connection.post.sent_at < latest:
                connection.give_up("timeout")
        self.loop.call_later(CHECK_SECONDS, self.check)

    def offer(self, post: Post) -> None:
        while self.idle:
            connection = self.idle.pop()
            if not connection.transport.is_closing():
                connection.send(post)
                return
        self.backlog.append(post)

    def serve(self, connection: Connection) -> None:
        """Give a free connection its next post."""
        if self.backlog:
            connection.send(self.backlog.popleft())
        else:
            self.idle.append(connection)

    def answered(self, post: Post, status: int) -> None:
        now = self.loop.time()
        self.latencies.append(now - post.due)
        if status != OK:
            self.failed(post, str(status))
            return
        post.acknowledged = True
        self.acknowledged += 1
        if self.acknowledged == len(self.posts):
            self.seconds = now - self.started
            self.done.set()

    def failed(self, post: Post, reason: str) -> None:
        """Try again later, after a pause that doubles, as Meta does."""
        if self.stopped:
            return
        self.refused[reason] += 1
        pause = min(self.target.retry * 2 ** (post.attempts - 1), LONGEST_PAUSE_SECONDS)
        self.loop.call_later(pause, self.retry, post)

    def retry(self, post: Post) -> None:
        if self.stopped:
            return
        self.retried += 1
        post.due = self.loop.time()
        self.offer(post)

    async def open(self) -> None:
        await self.loop.create_connection(lambda: Connection(self), self.target.host, self.target.port)

    def reconnect(self) -> None:
        if not self.stopped:
            task = self.loop.create_task(self.open_again())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def open_again(self) -> None:
        pause = 0.02
        while True:
            try:
                return await self.open()
            except OSError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_RECONNECT_SECONDS)
