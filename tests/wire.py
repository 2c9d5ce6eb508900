"""Servers that misbehave on a real socket, in Meta's place."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Behaviour = Callable[[socket.socket], None]


class WireServer:
    """Accepts connections one after another, reads one request from each, and behaves as told."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection:
            request = read_request(connection)
            if request:
                self.requests.append(request)
                self.behave(connection)


def read_request(connection: socket.socket) -> bytes:
    """Read one HTTP request, headers and body."""
    data = connection.recv(65536)
    # A TLS greeting is no request.
    if data.startswith(b"\x16"):
        return b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(status: int, body: bytes, *, content_type: str = "application/json") -> Behaviour:
    """Answer properly, whatever the body is."""
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
    return lambda connection: connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)


def hang_up(connection: socket.socket) -> None:
    """Close without an answer."""


def half_an_answer(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"messages": [')


def never(connection: socket.socket) -> None:
    """Say nothing until the other side gives up."""
    connection.recv(1)


@contextmanager
def wire_server(behave: Behaviour) -> Iterator[WireServer]:
    server = WireServer(behave)
    try:
        yield server
    finally:
        server.close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
