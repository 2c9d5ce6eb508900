"""The way of a webhook to the business: signed, tried, tried again until a 200."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiohttp

from sandbox.activity import Activity
from sandbox.messages import iso
from sandbox.notifications import Value, encoded, notification, signature
from sandbox.options import SandboxOptions

logger = logging.getLogger(__name__)

WORKERS = 32
ATTEMPT_TIMEOUT = aiohttp.ClientTimeout(total=10)
LONGEST_PAUSE_SECONDS = 60
GIVE_UP_SECONDS = 7 * 24 * 3600


class WebhookAnswer(NamedTuple):
    """What one attempt brought: an HTTP status, or the reason why there is none."""

    status: int | None
    error: str
    at: float

    def __str__(self) -> str:
        return f"answered {self.status}" if self.status else f"could not be reached ({self.error})"


@dataclass(slots=True)
class WebhookRecord:
    """One webhook. `state`: waiting, delivered, retrying, given_up, or recorded (there is no webhook URL)."""

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


class Delivery(NamedTuple):
    record: WebhookRecord
    activity: Activity
    tried: Callable[[], None]


class Courier:
    """Carries webhooks. At most `WORKERS` are on the road at once; the rest wait in line."""

    def __init__(self, options: Callable[[], SandboxOptions]) -> None:
        self.options = options
        self.records: deque[WebhookRecord] = deque(maxlen=options().keep)
        self.retrying = 0
        self.last_answer: WebhookAnswer | None = None
        self.line: asyncio.Queue[Delivery] = asyncio.Queue()
        self.workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=WORKERS + 1)
        self.session = aiohttp.ClientSession(connector=connector, timeout=ATTEMPT_TIMEOUT)
        self.workers = [asyncio.create_task(self.work()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        for worker in self.workers:
            worker.cancel()
        await asyncio.gather(*self.workers, return_exceptions=True)
        await self.session.close()

    def reset(self) -> None:
        self.records.clear()
        self.retrying = 0
        self.last_answer = None

    def post(self, values: Sequence[Value], activity: Activity, tried: Callable[[], None]) -> None:
        """Send updates in one webhook; `tried` is called after the first attempt, whatever it brought."""
        options = self.options()
        record = WebhookRecord(encoded(notification(values, options)))
        self.records.append(record)
        if options.webhook_url is None:
            record.state = "recorded"
            tried()
            return
        activity.begin()
        self.line.put_nowait(Delivery(record, activity, tried))

    async def work(self) -> None:
        while True:
            delivery = await self.line.get()
            if not delivery.activity.ended:
                await self.deliver(delivery)

    async def deliver(self, delivery: Delivery) -> None:
        record, activity = delivery.record, delivery.activity
        first = not record.answers
        url = self.options().webhook_url
        if url is not None:
            answer = await self.attempt(url, record)
            record.answers.append(answer)
        if activity.ended:
            return
        self.settle(delivery, url)
        if first:
            delivery.tried()

    def settle(self, delivery: Delivery, url: str | None) -> None:
        record = delivery.record
        self.retrying -= record.state == "retrying"
        answer = record.answers[-1] if record.answers else None
        if url is None or answer is None:
            record.state = "recorded"
        elif answer.status == 200:
            record.state = "delivered"
        elif time.time() - record.created_at > GIVE_UP_SECONDS:
            record.state = "given_up"
        else:
            self.retry(delivery)
        self.last_answer = answer or self.last_answer
        if record.state != "retrying":
            delivery.activity.finish()

    def retry(self, delivery: Delivery) -> None:
        record = delivery.record
        record.state = "retrying"
        self.retrying += 1
        if len(record.answers) == 1:
            logger.warning("Webhook %s; trying again until it answers 200", record.answers[0])
        pause = self.options().webhook_retry_ms / 1000 * 2 ** (len(record.answers) - 1)
        loop = asyncio.get_running_loop()
        loop.call_later(min(pause, LONGEST_PAUSE_SECONDS), self.line.put_nowait, delivery)

    async def attempt(self, url: str, record: WebhookRecord) -> WebhookAnswer:
        record.headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": signature(record.body, self.options().app_secret),
        }
        try:
            async with self.session.post(
                url, data=record.body, headers=record.headers, allow_redirects=False
            ) as answer:
                await answer.read()
                return WebhookAnswer(answer.status, "", time.time())
        except (aiohttp.ClientError, TimeoutError) as error:
            return WebhookAnswer(None, str(error) or type(error).__name__, time.time())
