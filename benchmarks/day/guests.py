"""The people who were written to: they open their link, look at the page, and answer there or in the chat."""

import re
import time
from typing import Any

import requests
from locust import task

from benchmarks.day import world
from benchmarks.day.answers import CookiesWithoutTLS, judge
from benchmarks.day.callers import Caller

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_LINK = re.compile(r"/i/([A-Za-z0-9_-]{22})")
_PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14)", "Accept-Language": "es"}
_ANSWERS = ["accept", "accept", "not_now", "never", ""]
_WRITTEN = ["Hello", "Thank you!", "👍", "¿Cuánto cuesta?", "STOP", "START", "a" * 3000]


class Guest(Caller):
    """Opens the newest links; most answer, some only look."""

    weight = 3
    host = world.plan.web
    pause = (2.0, 8.0)

    def on_start(self) -> None:
        self.client.cookies = CookiesWithoutTLS()

    @task
    def open_a_link(self) -> None:
        if not world.links:
            return
        path = f"/i/{world.random.choice(world.links)}/"
        with self.client.get(path, name="guest: page", headers=_PHONE, catch_response=True) as page:
            # It may have been taken back, or have expired, since.
            if not judge(page, 200, refusals={404, 410}):
                return
        found = _TOKEN.search(page.text)
        if found:
            self._answer(path, "opened", found[1])
            time.sleep(world.pause(1, 4))
            answer = world.random.choice(_ANSWERS)
            if answer:
                self._answer(path, answer, found[1])

    def _answer(self, path: str, answer: str, token: str) -> None:
        form = {"answer": answer, "csrfmiddlewaretoken": token}
        with self.client.post(
            path, data=form, name=f"guest: {answer}", headers=_PHONE, catch_response=True, allow_redirects=False
        ) as page:
            judge(page, 200, 204, 302, refusals={404, 410})


class Phone(Caller):
    """Looks at what arrived at the sandbox, and lets people write and press there: Meta tells us by webhook.

    What it asks of the sandbox is not counted.
    """

    fixed_count = 1
    host = world.plan.sandbox
    pause = (2.0, 4.0)

    def on_start(self) -> None:
        self.sandbox = requests.Session()

    @task
    def live(self) -> None:
        answer = self.sandbox.get(f"{world.plan.sandbox}/_sandbox/messages", timeout=60)
        arrived = [message for message in answer.json()["messages"] if message["status"] == "read"][-40:]
        world.received.extend({"wamid": each["id"], "to": each["to"]} for each in arrived)
        world.links.extend(link for each in arrived for link in _LINK.findall(_words(each)))
        for message in world.random.sample(arrived, min(3, len(arrived))):
            self._react(message)

    def _react(self, message: dict[str, Any]) -> None:
        buttons = [button["text"] for button in message["buttons"]]
        if buttons and world.random.random() < 0.5:
            self._tell("presses", {"message": message["id"], "button": world.random.choice(buttons)})
        elif message["to"]:
            told = {"from": message["to"], "text": world.random.choice(_WRITTEN), "context": message["id"]}
            self._tell("replies", told)

    def _tell(self, door: str, body: dict[str, Any]) -> None:
        # A button that cannot be pressed, such as a link, is refused; nothing of ours was asked.
        self.sandbox.post(f"{world.plan.sandbox}/_sandbox/{door}", json=body, timeout=60)


def _words(message: dict[str, Any]) -> str:
    return f"{message['text']} {message['buttons']}"
