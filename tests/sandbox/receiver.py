"""A webhook on loopback that keeps what it gets and answers what it is told to."""

import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit


class Received(NamedTuple):
    body: bytes
    headers: dict[str, str]

    def value(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)["entry"][0]["changes"][0]["value"]
        return value

    def is_signed_with(self, secret: str) -> bool:
        expected = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return self.headers["X-Hub-Signature-256"] == f"sha256={expected}"


class PatientServer(ThreadingHTTPServer):
    # The library's 5 would make the rest of a burst of connections wait a second for its next attempt.
    request_queue_size = 128


class WebhookReceiver:
    """Answers POSTs with the statuses in `answers`, then with 200; 0 cuts the connection. Only HTTP/1.1 keeps it."""

    def __init__(self, verify_token: str = "", *, protocol: str = "HTTP/1.0") -> None:
        self.verify_token = verify_token
        self.protocol = protocol
        self.answers: deque[int] = deque()
        self.received: list[Received] = []
        self.handshakes: list[dict[str, str]] = []
        self.server = PatientServer(("127.0.0.1", 0), self.handler_class())
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    @property
    def statuses(self) -> list[str]:
        return [status["status"] for item in list(self.received) for status in item.value().get("statuses", [])]

    @property
    def replies(self) -> list[str]:
        return [message["text"]["body"] for item in list(self.received) for message in item.value().get("messages", [])]

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def handler_class(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = receiver.protocol

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(body, dict(self.headers)))
                status = receiver.answers.popleft() if receiver.answers else 200
                if status:
                    self.answer(status, b"")
                else:
                    self.close_connection = True

            def do_GET(self) -> None:
                query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                receiver.handshakes.append(query)
                known = query["hub.verify_token"] == receiver.verify_token
                self.answer(200 if known else 403, query["hub.challenge"].encode() if known else b"")

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Keep the tests' output quiet."""

        return Handler


def eventually(condition: Callable[[], object], timeout: float = 5) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.005)
