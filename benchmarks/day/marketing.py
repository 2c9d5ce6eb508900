"""A whole list in the middle of the day: uploaded, judged, started, paused, resumed, watched to its end, reported."""

import io
import time
from typing import Any

from locust import task

from benchmarks.day import world
from benchmarks.day.answers import judge
from benchmarks.day.callers import Caller
from benchmarks.sending.list_file import csv_of

# Of the day's length: after the warm-up, with time enough to the end.
_BEGINS = 0.35


class Marketing(Caller):
    """Sends one list and is done."""

    fixed_count = 1
    host = world.plan.web
    pause = (1.0, 1.0)

    def on_start(self) -> None:
        self.begins = time.monotonic() + world.plan.seconds * _BEGINS
        self.is_done = False

    @task
    def send_a_list(self) -> None:
        if self.is_done or time.monotonic() < self.begins:
            return
        self.is_done = True
        form = {"name": "Spring fair", "message": "Join me on Dott!", "includeLink": "true", "consent": "true"}
        file = {"file": ("people.csv", io.BytesIO(csv_of(world.plan.list_rows)), "text/csv")}
        batch = self.ask("POST", "/api/invitations/whatsapp/bulk/", "list: upload", 202, data=form, files=file)
        path = f"/api/invitations/batches/{batch['batchId']}/"
        self.watch(path, until={"ready"})
        self.ask("POST", f"{path}start/", "list: start", 200)
        time.sleep(5)
        self.ask("POST", f"{path}pause/", "list: pause", 200)
        time.sleep(3)
        self.ask("POST", f"{path}resume/", "list: resume", 200)
        self.watch(path, until={"finished"})
        with self.client.get(
            f"{path}report/", headers=self.signed(), name="list: report", catch_response=True
        ) as answer:
            judge(answer, 200)

    def watch(self, path: str, *, until: set[str]) -> None:
        while self.ask("GET", path, "list: progress", 200)["state"] not in until:
            time.sleep(2)

    def ask(self, method: str, path: str, name: str, expected: int, **more: Any) -> dict[str, Any]:
        told = {"headers": self.signed(), "name": name, "catch_response": True, **more}
        with self.client.request(method, path, **told) as answer:
            judge(answer, expected)
        found: dict[str, Any] = answer.json()
        return found

    def signed(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {world.plan.office_token}"}
