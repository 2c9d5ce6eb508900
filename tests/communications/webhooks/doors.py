"""Both webhook doors on real sockets, and a caller that shows exactly what they answer."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from granian.constants import Interfaces
from granian.server.embed import Server

from communications.webhooks.ingest import Ingest, store
from pyfactor.local import free_port
from tests.conftest import WEBHOOK_PATH


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def ingest(store: Callable[[list[bytes]], bool] = store) -> Iterator[str]:
    """Run the ingest door behind granian, in a thread of this process; give its address."""
    port = free_port()
    door = Ingest(store)
    server = Server(door, port=port, interface=Interfaces.ASGI, log_enabled=False)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()))
    thread.start()
    _wait_for(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join()
        loop.close()


def ask(url: str, request: bytes) -> Answer:
    """Send `request` as it stands and read one answer; the connection is closed before the rest of a body is sent."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as stream:
            status = int(stream.readline().split()[1])
            headers = {}
            while line := stream.readline().decode("latin-1").strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            return Answer(status, headers, stream.read(int(headers.get("content-length", 0))))


def request(method: str, *, path: str = WEBHOOK_PATH, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request; `X_Hub_Signature_256="…"` becomes a header."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body or method == "POST":
        lines += [f"Content-Length: {len(body)}"] if "Content_Length" not in headers else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the ingest door does not listen")
