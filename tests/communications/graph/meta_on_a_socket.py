"""A message, whom it is sent as, and what Meta's server does with it on a `LocalServer`."""

import socket

from communications.graph.client import Credentials
from tests.local_server import LocalServer, Request, answered, reset

TOKEN = "EAAG-secret-token"
BODY = {"messaging_product": "whatsapp", "to": "+12025550100", "type": "text", "text": {"body": "Grüße 👋"}}
ACCEPTED = b'{"messages": [{"id": "wamid.HBg"}]}'


def credentials(
    base_url: str, *, token: str = TOKEN, version: str = "v25.0", number: str = "676188225586230"
) -> Credentials:
    return Credentials(access_token=token, phone_number_id=number, api_version=version, base_url=base_url)


def accept(_connection: socket.socket, _request: Request) -> bytes:
    return answered(ACCEPTED)


def wait_in_vain(server: LocalServer) -> None:
    server.stopped.wait(5)


def cut(_connection: socket.socket, _request: Request) -> None:
    return None


def cut_hard(connection: socket.socket, _request: Request) -> None:
    reset(connection)


def half_an_answer(connection: socket.socket, _request: Request) -> None:
    connection.sendall(answered(ACCEPTED)[:-5])


def half_the_headers(connection: socket.socket, _request: Request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-")


def half_a_chunk(connection: socket.socket, _request: Request) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{")


def not_http(connection: socket.socket, _request: Request) -> None:
    connection.sendall(b"hello\r\n\r\n")


def broken_compression(_connection: socket.socket, _request: Request) -> bytes:
    return answered(b"not gzip", headers=("Content-Encoding: gzip",))


AFTER_THE_REQUEST = [cut, cut_hard, half_an_answer, half_the_headers, half_a_chunk, not_http, broken_compression]
