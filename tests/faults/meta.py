"""Meta's side: many senders at once, each update different, sent again until it is answered 200."""

import json
import threading
import time
from dataclasses import dataclass, field
from itertools import count

import requests

from tests.conftest import signature_of


def update(number: int) -> bytes:
    """Somebody's message; `number` makes it unlike every other."""
    message = {
        "from": "12025550100",
        "id": f"wamid.{number}",
        "timestamp": "1763800000",
        "type": "text",
        "text": {"body": f"Message {number}"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": "676188225586230"},
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "12025550100"}],
        "messages": [message],
    }
    entry = {"id": "1513500473389693", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


@dataclass
class Meta:
    """Sends from eight threads until told to stop. With `patient` it sends again what was not answered 200."""

    url: str
    patient: bool
    sent: set[bytes] = field(default_factory=set)
    acknowledged: list[bytes] = field(default_factory=list)
    answers: list[tuple[float, int]] = field(default_factory=list)
    longest: float = 0

    def __enter__(self) -> "Meta":
        self._numbers = count()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(8)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def answered(self, status: int) -> int:
        return sum(answer == status for _, answer in self.answers)

    def _send(self) -> None:
        with requests.Session() as session:
            while not self._stop.is_set():
                body = update(next(self._numbers))
                self.sent.add(body)
                while not self._post(session, body) and self.patient:
                    time.sleep(0.2)

    def _post(self, session: requests.Session, body: bytes) -> bool:
        started = time.monotonic()
        try:
            status = session.post(self.url, body, headers=signature_of(body), timeout=10).status_code
        except requests.RequestException:
            status = 0
            time.sleep(0.05)
        self.answers.append((time.monotonic(), status))
        self.longest = max(self.longest, time.monotonic() - started)
        if status == 200:
            self.acknowledged.append(body)
        return status == 200
