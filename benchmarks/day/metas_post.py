"""What Meta posts beside the sandbox's statuses: bodies of every shape, old news again, and what others forge."""

import hmac
import json
import secrets
import time
from pathlib import Path
from typing import Any

from locust import task

from benchmarks.day import world
from benchmarks.day.answers import judge
from benchmarks.day.callers import Caller

_PAYLOADS = Path(__file__).resolve().parents[2] / "tests" / "payloads"
_PATH = "/api/webhooks/whatsapp/"
_UNREADABLE = [b"", b"[", b"\xff\xfe\x00", b'{"entry": [' + b"[" * 5000, b"not JSON"]


class Meta(Caller):
    """Posts to the ingest door; whatever is signed has to be answered 200."""

    weight = 3
    host = world.plan.ingest
    pause = (0.3, 2.0)

    def on_start(self) -> None:
        self.recorded = [path.read_bytes() for path in sorted(_PAYLOADS.glob("*.json"))]

    @task(5)
    def recorded_webhook(self) -> None:
        """As they were recorded, about messages that are not ours, or no longer: parked, kept, passed over."""
        self.post("webhook: recorded", world.random.choice(self.recorded))

    @task(3)
    def old_news(self) -> None:
        """A status of a message that has long been read, once more."""
        if world.received:
            told = world.random.choice(world.received)
            name = world.random.choice(["sent", "delivered", "read"])
            item = {"id": told["wamid"], "status": name, "timestamp": str(int(time.time()) - 60),
                    "recipient_id": told["to"].removeprefix("+")}  # fmt: skip
            self.post("webhook: old status", _shell({"statuses": [item]}))

    @task(2)
    def many_at_once(self) -> None:
        """Up to two hundred updates in one body."""
        people = [f"1385{world.random.randrange(2_000_000, 9_999_999)}" for _ in range(world.random.randrange(1, 200))]
        items = [{"from": each, "id": f"wamid.{secrets.token_hex(12)}", "timestamp": str(int(time.time())),
                  "type": "text", "text": {"body": "Hello"}} for each in people]  # fmt: skip
        self.post("webhook: many", _shell({"messages": items}))

    @task(1)
    def no_json(self) -> None:
        if self.post("webhook: no JSON", world.random.choice(_UNREADABLE)):
            world.posted["unreadable"] += 1

    @task(1)
    def forged(self) -> None:
        body = world.random.choice(self.recorded)
        with self.client.post(
            _PATH, data=body, headers=_signed(body, "not the secret"), name="webhook: forged", catch_response=True
        ) as answer:
            judge(answer, 403)

    def post(self, name: str, body: bytes) -> bool:
        headers = _signed(body, world.plan.app_secret)
        with self.client.post(_PATH, data=body, headers=headers, name=name, catch_response=True) as answer:
            was_kept = judge(answer, 200)
        world.posted["kept"] += was_kept
        return was_kept


def _signed(body: bytes, secret: str) -> dict[str, str]:
    signature = hmac.digest(secret.encode(), body, "sha256").hex()
    return {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}


def _shell(value: dict[str, Any]) -> bytes:
    metadata = {"display_phone_number": "15551905954", "phone_number_id": "676188225586230"}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    entry = {"id": "1513500473389693", "time": int(time.time()), "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
