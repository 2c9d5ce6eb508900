"""What became of one webhook."""

import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.times import iso


class WebhookAnswer(NamedTuple):
    """What one attempt brought: an HTTP status, or the reason why there is none."""

    status: int | None
    error: str
    at: float

    def __str__(self) -> str:
        return f"answered {self.status}" if self.status else f"could not be reached ({self.error})"


@dataclass(slots=True)
class WebhookRecord:
    """One webhook.

    `state`: waiting, delivered, retrying, given_up, lost (on purpose), or recorded (there is no webhook URL).
    """

    body: bytes
    created_at: float = field(default_factory=time.time)
    headers: dict[str, str] = field(default_factory=dict)
    answers: list[WebhookAnswer] = field(default_factory=list)
    state: str = "waiting"

    def as_json(self) -> dict[str, Any]:
        answers = [{"status": status, "error": error, "at": iso(at)} for status, error, at in self.answers]
        return {
            "state": self.state,
            "created_at": iso(self.created_at),
            "headers": self.headers,
            "body": self.body.decode(),
            "answers": answers,
        }
