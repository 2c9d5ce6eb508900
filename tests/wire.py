"""Bad days on a real socket, in Meta's place: what a `LocalServer` does with a request."""

import socket
from collections.abc import Callable

from tests.local_server import Request, answered

Behaviour = Callable[[socket.socket, Request], bytes | None]


def answer(
    status: int, body: bytes, *, content_type: str = "application/json", headers: tuple[str, ...] = ()
) -> Behaviour:
    """Answer properly, whatever the body is."""
    whole = answered(body, status=f"{status} Whatever", content_type=content_type, headers=headers)
    return lambda connection, request: whole


def hang_up(connection: socket.socket, request: Request) -> None:
    """Close without an answer."""


def half_an_answer(connection: socket.socket, request: Request) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"messages": [')


def never(connection: socket.socket, request: Request) -> None:
    """Say nothing until the other side gives up."""
    connection.recv(1)


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
