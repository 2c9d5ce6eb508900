"""The short way in for messages: read from the socket without aiohttp, at a third of the cost.

What is checked and answered is the same, in `sending.py`. Only the plain POST of a client that keeps its connection is
read here; a connection that brings anything else is handed to aiohttp, for good.
"""

import asyncio
import re
import time
from collections.abc import Awaitable
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple, cast

from aiohttp import web

from sandbox.answers import GraphAnswer
from sandbox.exchange import Exchange
from sandbox.sending import Outcome, SendRequest, receive
from sandbox.tokens import bearer

LARGEST_BODY = 256 * 1024
FIRST_LINE = re.compile(rb"POST /([^/?#% ]+)/([^/?#% ]+)/messages HTTP/1\.1")
ORDINARY_HEADERS = frozenset(
    {"host", "user-agent", "accept", "accept-encoding", "content-type", "content-length", "authorization"}
)
END_OF_HEAD = b"\r\n\r\n"
REASONS = {status.value: status.phrase for status in HTTPStatus}


class Head(NamedTuple):
    """What the lines before the body say."""

    version: str
    object_id: str
    token: str
    content_type: str
    length: int


@lru_cache(maxsize=4096)
def read_head(head: bytes) -> Head | None:
    """Read the lines before a body; None where they are not those of a plain message.

    A client's heads differ in little but the length of the body, so most of them were read before.
    """
    first, *lines = head.split(b"\r\n")
    match = FIRST_LINE.fullmatch(first)
    pairs = [line.decode("latin-1").partition(":") for line in lines]
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    length = headers.get("content-length", "")
    plain = len(headers) == len(pairs) and headers.pop("connection", "keep-alive").lower() == "keep-alive"
    if match is None or not plain or not set(headers) <= ORDINARY_HEADERS or not re.fullmatch("[0-9]{1,6}", length):
        return None
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    token = bearer(headers.get("authorization", ""))
    return Head(match[1].decode("latin-1"), match[2].decode("latin-1"), token, content_type, int(length))


class Entrance:
    """Makes a connection for each client; `close` ends those that are still here."""

    def __init__(self, exchange: Exchange, aiohttp: web.Server) -> None:
        self.exchange = exchange
        self.aiohttp = aiohttp
        self.connections: set[Connection] = set()
        self.waiting: set[asyncio.Task[None]] = set()

    def __call__(self) -> "Connection":
        return Connection(self)

    def close(self) -> None:
        for connection in list(self.connections):
            connection.transport.abort()


class Connection(asyncio.Protocol):
    """One client's connection: one request at a time, in the order in which they came."""

    __slots__ = ("busy", "entrance", "received", "transport")

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.busy = False
        self.received = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked: uvloop's transports are none of asyncio's classes.
        self.transport = cast(asyncio.Transport, transport)
        self.entrance.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.entrance.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        if not self.busy:
            self.read_on()

    def read_on(self) -> None:
        """Take the next request, once it is whole."""
        end = self.received.find(END_OF_HEAD)
        head = read_head(self.received[:end]) if end > 0 else None
        if head is None or head.length > LARGEST_BODY:
            self.hand_over()
            return
        body_ends = end + len(END_OF_HEAD) + head.length
        if len(self.received) < body_ends:
            return
        body, self.received = self.received[end + len(END_OF_HEAD) : body_ends], self.received[body_ends:]
        self.busy = True
        latency = self.entrance.exchange.options.latency_ms / 1000
        request = SendRequest(*head[:4], body, time.monotonic() + latency)
        if latency:
            asyncio.get_running_loop().call_later(latency, self.serve, request)
        else:
            self.serve(request)

    def hand_over(self) -> None:
        """Let aiohttp read what has come, and all that will."""
        self.entrance.connections.discard(self)
        handler = self.entrance.aiohttp()
        self.transport.set_protocol(handler)
        handler.connection_made(self.transport)
        handler.data_received(self.received)

    def serve(self, request: SendRequest) -> None:
        """Answer, whether or not the client is still there: Meta takes the message all the same."""
        outcome = receive(request, self.entrance.exchange)
        if isinstance(outcome, Awaitable):
            task = asyncio.ensure_future(self.serve_later(outcome))
            self.entrance.waiting.add(task)
            task.add_done_callback(self.entrance.waiting.discard)
        else:
            self.answer(outcome)

    async def serve_later(self, outcome: Awaitable[Outcome]) -> None:
        self.answer(await outcome)

    def answer(self, outcome: Outcome) -> None:
        self.busy = False
        if outcome is None:
            self.transport.abort()
        elif not self.transport.is_closing():
            self.transport.write(encoded(outcome))
            if self.received:
                self.read_on()


def encoded(answer: GraphAnswer) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    reason = REASONS.get(answer.status, "")
    head = f"HTTP/1.1 {answer.status} {reason}\r\n{headers}Content-Length: {len(answer.body)}\r\n\r\n"
    return head.encode("latin-1") + answer.body
