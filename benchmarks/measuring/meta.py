"""The sandbox in Meta's place, as whoever measures speaks to it."""

from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True)
class Meta:
    """The sandbox, told what to do and asked what arrived."""

    url: str
    token: str

    def tally(self) -> dict[str, Any]:
        told: dict[str, Any] = self._ask("GET", "tally").json()
        return told

    def references(self) -> dict[str, int]:
        """How often each `biz_opaque_callback_data` was accepted."""
        pairs = (line.split("\t") for line in self._ask("GET", "tally/references").text.splitlines())
        return {reference: int(times) for reference, times in pairs}

    def begin_anew(self, **options: int) -> None:
        """Forget every message; behave otherwise from now on."""
        self._ask("DELETE", "messages")
        self._ask("PATCH", "settings", json=options)
        # Whatever Meta says of a number, workers ask for it and obey.
        self._ask("PATCH", "account", json={"messaging_limit": "TIER_UNLIMITED", "throughput": "NOT_APPLICABLE"})

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        with requests.Session() as session:
            # A proxy of the developer's does not know this machine's ports.
            session.trust_env = False
            answer = session.request(method, f"{self.url}/_sandbox/{path}", timeout=60, **more)
        answer.raise_for_status()
        return answer
