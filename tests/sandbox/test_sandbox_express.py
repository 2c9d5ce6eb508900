"""Messages over a kept connection, byte by byte: what the short way in reads itself, and what it hands to aiohttp."""

import json
import socket
import time
from collections.abc import Iterator

import pytest
import requests

from sandbox import Sandbox
from tests.sandbox.client import PHONE_NUMBER_ID, TOKEN, text_to

PHONE = "+13855007716"


class Wire:
    """A client that says exactly what it is told to."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=5)
        self.file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, object]]:
        """Return the status and the JSON of the next answer; 0 where the connection ended."""
        first = self.file.readline()
        if not first:
            return 0, {}
        length = 0
        while (line := self.file.readline()) != b"\r\n":
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        return int(first.split()[1]), json.loads(self.file.read(length))

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wire]:
    opened = Wire(sandbox.url)
    yield opened
    opened.close()


def request(reference: str, *, headers: str = "", path: str = "", method: str = "POST") -> bytes:
    body = json.dumps(text_to(PHONE, biz_opaque_callback_data=reference)).encode()
    path = path or f"/v25.0/{PHONE_NUMBER_ID}/messages"
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n{headers}"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_connection_is_kept_for_the_next_message(sandbox: Sandbox, wire: Wire) -> None:
    for reference in ("a", "b"):
        wire.send(request(reference))
        status, _ = wire.answer()
        assert status == 200

    assert sandbox.references() == {"a": 1, "b": 1}


def test_messages_sent_ahead_are_answered_in_their_order(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.configure(latency_ms=20)

    wire.send(request("a") + request("b") + request("c"))

    wamids = [wire.answer()[1]["messages"][0]["id"] for _ in range(3)]  # type: ignore[index]
    assert [message["id"] for message in sandbox.messages()] == wamids
    assert list(sandbox.references()) == ["a", "b", "c"]


def test_body_may_come_after_its_head_and_in_pieces(sandbox: Sandbox, wire: Wire) -> None:
    whole = request("a")
    end = whole.index(b"\r\n\r\n") + 4

    for piece in (whole[:end], whole[end : end + 10], whole[end + 10 :]):
        wire.send(piece)
        time.sleep(0.02)

    assert wire.answer()[0] == 200
    assert sandbox.references() == {"a": 1}


def test_head_may_come_in_pieces(sandbox: Sandbox, wire: Wire) -> None:
    whole = request("a")

    for piece in (whole[:20], whole[20:60], whole[60:]):
        wire.send(piece)
        time.sleep(0.02)

    assert wire.answer()[0] == 200
    assert sandbox.references() == {"a": 1}


@pytest.mark.parametrize(
    "headers",
    ["Expect: 100-continue", "X-Whatever: 1", "Connection: close", "Cookie: a=b", "Accept: */*\r\nAccept: */*"],
)
def test_unusual_headers_change_nothing_of_the_answer(sandbox: Sandbox, wire: Wire, headers: str) -> None:
    wire.send(request("a", headers=f"{headers}\r\n"))

    if headers.startswith("Expect"):
        assert wire.file.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert wire.file.readline() == b"\r\n"
    assert wire.answer()[0] == 200
    assert sandbox.references() == {"a": 1}


def test_other_request_may_follow_on_the_same_connection(sandbox: Sandbox, wire: Wire) -> None:
    wire.send(request("a"))
    first, _ = wire.answer()
    wire.send(b"GET /_sandbox/tally HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    second, tally = wire.answer()
    wire.send(request("b"))
    third, _ = wire.answer()

    assert (first, second, third) == (200, 200, 200)
    assert tally["accepted"] == 1
    assert sandbox.references() == {"a": 1, "b": 1}


def test_chunked_body_is_read(sandbox: Sandbox) -> None:
    body = json.dumps(text_to(PHONE, biz_opaque_callback_data="a")).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

    address = f"{sandbox.url}/v25.0/{PHONE_NUMBER_ID}/messages"
    response = requests.post(address, data=iter([body[:10], body[10:]]), headers=headers, timeout=5)

    assert response.status_code == 200
    assert sandbox.references() == {"a": 1}


def test_token_in_the_query_is_taken(sandbox: Sandbox, wire: Wire) -> None:
    path = f"/v25.0/{PHONE_NUMBER_ID}/messages?access_token={TOKEN}"

    wire.send(request("a", path=path).replace(b"Authorization", b"X-Nothing"))

    assert wire.answer()[0] == 200


def test_message_of_a_client_that_left_is_accepted_all_the_same(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.configure(latency_ms=50)

    wire.send(request("a"))
    wire.close()

    time.sleep(0.2)
    assert sandbox.references() == {"a": 1}


def test_cut_ends_the_connection_and_not_the_sandbox(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.configure(cut_after_accept=1.0)
    wire.send(request("a"))
    first, _ = wire.answer()

    sandbox.configure(cut_after_accept=0.0)
    other = Wire(sandbox.url)
    other.send(request("b"))
    second, _ = other.answer()
    other.close()

    assert (first, second) == (0, 200)
    assert sandbox.references() == {"a": 1, "b": 1}


def test_what_is_no_http_is_refused(wire: Wire) -> None:
    wire.send(b"hello\r\n\r\n")

    assert wire.file.readline().startswith(b"HTTP/1.0 400")
