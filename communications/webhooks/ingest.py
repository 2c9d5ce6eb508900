"""The webhook door for volume: an ASGI application that stores everything that waits with one INSERT.

    DJANGO_SETTINGS_MODULE=… granian --interface asgi communications.webhooks.ingest:application

Serves the same address as the Django view, with the same answers, /healthz and /readyz, and nothing else. 200 means
committed. When the database stalls or a buffer is full, the answer is 503 within a second, and Meta sends the update
again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import django
from django.apps import apps

# granian imports this module itself: nobody has set Django up before.
if not apps.ready:
    django.setup(set_prefix=False)

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections
from django.http import QueryDict

from communications import readiness
from communications.webhooks import screening, storage
from communications.webhooks.batching import Batches, Store

logger = logging.getLogger(__name__)

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

PATH = "/api/webhooks/whatsapp"
# All bodies in memory together: being read, waiting, or on their way into the database.
MEMORY_LIMIT = 64 * 1024 * 1024
READ_SECONDS = 10
# Platforms give a probe a few seconds.
PROBE_SECONDS = 3
_SIGNATURE = screening.SIGNATURE_HEADER.lower().encode()


class Ingest:
    """One process's door. `store` keeps a batch of bodies and says whether it did."""

    def __init__(self, store: Store) -> None:
        self._batches = Batches(store)
        self._held = 0

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            if scope["path"] in readiness.PATHS:
                (status, body), kind = await _probe(scope["path"]), b"application/json"
            else:
                (status, body), kind = await self._answer(scope, receive), b"text/plain; charset=utf-8"
            await send({"type": "http.response.start", "status": status, "headers": _headers(status, body, kind)})
            await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Event, receive: Receive) -> tuple[int, bytes]:
        if scope["path"].rstrip("/") != PATH:
            return 404, b""
        if scope["method"] == "POST":
            return await self._post(scope["headers"], receive), b""
        if scope["method"] == "GET":
            return _handshake(scope["query_string"])
        return 405, b""

    async def _post(self, headers: Headers, receive: Receive) -> int:
        if refused := screening.refuse_too_large(_declared_length(headers)):
            return refused
        chunks: list[bytes] = []
        try:
            refused = await self._read_into(chunks, receive)
            if refused is None:
                refused = await self._keep(b"".join(chunks), headers)
            return refused
        finally:
            self._held -= sum(map(len, chunks))

    async def _read_into(self, chunks: list[bytes], receive: Receive) -> int | None:
        """Read the body, and no further than it may go; return the status to refuse it with, if it is to be."""
        size, more = 0, True
        try:
            async with asyncio.timeout(READ_SECONDS):
                while more:
                    event = await receive()
                    if event["type"] == "http.disconnect":
                        return 400
                    chunk, more = event.get("body", b""), event.get("more_body", False)
                    chunks.append(chunk)
                    size += len(chunk)
                    self._held += len(chunk)
                    if refused := screening.refuse_too_large(size) or self._put_off_if_memory_is_full():
                        return refused
        except TimeoutError:
            return 408
        return None

    async def _keep(self, body: bytes, headers: Headers) -> int:
        if refused := screening.refuse_unsigned(body, _header(headers, _SIGNATURE).decode("latin-1")):
            return refused
        return 200 if await self._batches.keep(body) else screening.put_off()

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start and stop with granian, which stops once the requests under way are answered."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._batches.finish(connections.close_all)
        await send({"type": "lifespan.shutdown.complete"})

    def _put_off_if_memory_is_full(self) -> int | None:
        return screening.put_off() if self._held > MEMORY_LIMIT else None


def _handshake(query_string: bytes) -> tuple[int, bytes]:
    try:
        challenge = screening.handshake_challenge(QueryDict(query_string))
    except SuspiciousOperation:
        return 400, b""
    return (403, b"") if challenge is None else (200, challenge.encode())


async def _probe(path: str) -> tuple[int, bytes]:
    """Ask the database in a thread, so that one that stalls holds up no webhook."""
    if path == "/healthz":
        return 200, readiness.alive()
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await asyncio.to_thread(readiness.ready_and_disconnected)
    except TimeoutError:
        return (
            503,
            b'{"status": "not ready", "missing": [{"what": "database", "detail": "it does not answer in time"}]}',
        )


def _headers(status: int, body: bytes, kind: bytes) -> Headers:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    if status == 405:
        headers.append((b"allow", b"GET, POST"))
    if status == 503:
        headers.append((b"retry-after", b"%d" % screening.RETRY_AFTER_SECONDS))
    return headers


def _declared_length(headers: Headers) -> int:
    declared = _header(headers, b"content-length")
    return int(declared) if declared.isdigit() else 0


def _header(headers: Headers, name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")


def store(bodies: Sequence[bytes]) -> bool:
    """Keep `bodies` over the writer's own connection, a fresh one if PostgreSQL was restarted since the last time."""
    try:
        try:
            storage.keep_all(bodies)
        except (OperationalError, InterfaceError):
            if connection.is_usable():
                raise
            connection.close()
            storage.keep_all(bodies)
    except (DatabaseError, InterfaceError) as error:
        logger.error("%s webhooks not stored, answered 503: %s", len(bodies), storage.reason(error))
        return False
    return True


application = Ingest(store)
