"""Meta's doors for files on 127.0.0.1: takes uploads without keeping them, names addresses, serves files."""

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

TOKEN = "files-token"


@dataclass
class StoredFile:
    """What a person sent. `addresses_that_ran_out` is how many addresses answer 404 before one works."""

    content: bytes
    mime_type: str = "image/jpeg"
    told: dict[str, Any] = field(default_factory=dict)
    addresses_that_ran_out: int = 0


class MetaOfFiles:
    """`uploads`, `messages` and `fetched` tell what came; `meanwhile` is called before a file is handed out."""

    def __init__(self) -> None:
        self.files: dict[str, StoredFile] = {}
        self.uploads: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.fetched: list[str] = []
        self.gone: set[str] = set()
        self.gone_code = 100
        self.meanwhile: Callable[[], object] = lambda: None
        self.refusals: dict[str, tuple[int, dict[str, Any]]] = {}

    def refuse(self, what: str, code: int, *, status: int = 400) -> None:
        """Answer every request whose path ends with `what` with this code of Meta's."""
        self.refusals[what] = status, {"error": {"code": code, "message": f"(#{code})", "fbtrace_id": "A1"}}

    def __enter__(self) -> Self:
        meta = self

        class Handler(_Handler):
            pass

        Handler.meta = meta
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    meta: MetaOfFiles

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        length, path = int(self.headers["Content-Length"]), urlsplit(self.path).path
        if path.endswith("/media"):
            self._take_upload(length)
        else:
            self._take_message(json.loads(self.rfile.read(length)))

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.meta.fetched.append(path)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer(401, {"error": {"code": 190, "message": "no token"}})
        elif not self._refused(path):
            self._address(path) if path.startswith("/v") else self._file(path)

    def _take_upload(self, length: int) -> None:
        head, digest, left = b"", hashlib.sha256(), length
        while left:
            chunk = self.rfile.read(min(left, 65536))
            left -= len(chunk)
            head = head or chunk
            digest.update(chunk)
        boundary = self.headers["Content-Type"].partition("boundary=")[2]
        media_id = f"{len(self.meta.uploads) + 1:016}"
        fields = dict(re.findall(rb'name="(\w+)"\r\n\r\n(.*?)\r\n', head))
        self.meta.uploads.append({
            "id": media_id,
            "path": self.path,
            "token": self.headers.get("Authorization"),
            "length": length,
            "fields": {name.decode(): value.decode() for name, value in fields.items()},
            "file": re.search(rb'name="file"; filename="(.*?)"\r\nContent-Type: (.*?)\r\n', head),
            "ends": head.endswith(f"\r\n--{boundary}--\r\n".encode()),
            "body": head,
        })  # fmt: skip
        if not self._refused(urlsplit(self.path).path):
            self._answer(200, {"id": media_id})

    def _take_message(self, message: dict[str, Any]) -> None:
        self.meta.messages.append(message)
        if any(f'"{media_id}"' in json.dumps(message) for media_id in self.meta.gone):
            self._answer(
                400, {"error": {"code": self.meta.gone_code, "message": "unknown attachment", "fbtrace_id": "A1"}}
            )
        else:
            self._answer(200, {"messages": [{"id": f"wamid.{len(self.meta.messages)}"}]})

    def _address(self, path: str) -> None:
        media_id = path.rsplit("/", 1)[-1]
        stored = self.meta.files.get(media_id)
        if stored is None:
            self._answer(400, {"error": {"code": 100, "error_subcode": 33, "message": "does not exist"}})
            return
        self._answer(200, {
            "messaging_product": "whatsapp",
            "url": f"{self.meta.url}/files/{media_id}?hash=x",
            "mime_type": stored.mime_type,
            "sha256": hashlib.sha256(stored.content).hexdigest(),
            "file_size": len(stored.content),
            "id": media_id,
            **stored.told,
        })  # fmt: skip

    def _file(self, path: str) -> None:
        self.meta.meanwhile()
        stored = self.meta.files[path.rsplit("/", 1)[-1]]
        if stored.addresses_that_ran_out:
            stored.addresses_that_ran_out -= 1
            self._answer(404, {})
        else:
            self._send(200, stored.content, stored.mime_type)

    def _refused(self, path: str) -> bool:
        for what, (status, body) in self.meta.refusals.items():
            if path.endswith(what):
                self._answer(status, body)
                return True
        return False

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, mime_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", mime_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
