"""The way of a webhook to the business: signed, tried, tried again until a 200."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import aiohttp

from sandbox.activity import Activity
from sandbox.mishaps import Mishaps
from sandbox.notifications import Value, encoded, merged, notification, signature
from sandbox.options import SandboxOptions
from sandbox.webhook_record import WebhookAnswer, WebhookRecord

logger = logging.getLogger(__name__)

WORKERS = 32
BATCH_SECONDS = 0.05
ATTEMPT_TIMEOUT = aiohttp.ClientTimeout(total=10)
LONGEST_PAUSE_SECONDS = 60
GIVE_UP_SECONDS = 7 * 24 * 3600


def do_nothing(*_: object) -> None:
    """Stand for whatever nobody waits for."""


class Delivery(NamedTuple):
    record: WebhookRecord
    activity: Activity
    tried: Callable[[], None]


class Update(NamedTuple):
    """A value on its way into a webhook; `posted` is called with that webhook, `tried` after its first attempt."""

    value: Value
    activity: Activity
    posted: Callable[[WebhookRecord], None] = do_nothing
    tried: Callable[[], None] = do_nothing


class Courier:
    """Carries webhooks. At most `WORKERS` are on the road at once; the rest wait in line."""

    def __init__(self, options: Callable[[], SandboxOptions], subscribed: Callable[[], bool] = lambda: True) -> None:
        self.options = options
        self.subscribed = subscribed
        self.records: deque[WebhookRecord] = deque(maxlen=options().keep)
        self.retrying = 0
        self.last_answer: WebhookAnswer | None = None
        self.mishaps = Mishaps(options().seed)
        self.waiting: dict[str, list[Update]] = {}
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
        self.waiting.clear()
        self.mishaps = Mishaps(self.options().seed)
        self.retrying = 0
        self.last_answer = None

    def tell(self, update: Update, kind: str) -> None:
        """Send an update, with others of its kind where the options ask for batches."""
        update.activity.begin()
        waiting = self.waiting.setdefault(kind, [])
        waiting.append(update)
        if len(waiting) >= self.options().batch:
            self.flush(kind)
        elif len(waiting) == 1:
            asyncio.get_running_loop().call_later(BATCH_SECONDS, self.flush, kind, waiting)

    def flush(self, kind: str, expected: list[Update] | None = None) -> None:
        """Send what waits to be merged; nothing where `expected` left before its time was up."""
        waiting = self.waiting.get(kind, [])
        if not waiting or (expected is not None and waiting is not expected):
            return
        del self.waiting[kind]
        updates = [update for update in waiting if not update.activity.ended]
        if updates:
            self.post_merged(updates)

    def post_merged(self, updates: Sequence[Update]) -> None:
        def tried() -> None:
            for update in updates:
                update.tried()

        activity = updates[0].activity
        record = self.post([merged([update.value for update in updates])], activity, tried)
        for update in updates:
            update.posted(record)
            activity.finish()

    def post(
        self,
        values: Sequence[Value],
        activity: Activity,
        tried: Callable[[], None] = do_nothing,
        *,
        field: str = "messages",
        waba_id: str = "",
    ) -> WebhookRecord:
        """Send values in one webhook; `tried` is called after the first attempt, whatever it brought."""
        options = self.options()
        body = encoded(notification(values, options, field=field, waba_id=waba_id))
        record = self.dispatch(body, activity, tried)
        if self.mishaps.happens("double", options.double):
            self.dispatch(body, activity, do_nothing)
        return record

    def dispatch(self, body: bytes, activity: Activity, tried: Callable[[], None]) -> WebhookRecord:
        options = self.options()
        record = WebhookRecord(body)
        self.records.append(record)
        lost = self.mishaps.happens("lost", options.lose_webhooks)
        late = self.mishaps.happens("late", options.late)
        if lost or options.webhook_url is None or not self.subscribed():
            record.state = "lost" if lost else "recorded"
            tried()
            return record
        activity.begin()
        if late:
            # The ones behind it must not wait: they overtake.
            self.line_up_later(Delivery(record, activity, do_nothing), options.late_ms / 1000)
            tried()
        else:
            self.line.put_nowait(Delivery(record, activity, tried))
        return record

    def line_up_later(self, delivery: Delivery, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self.line.put_nowait, delivery)

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
        self.line_up_later(delivery, min(pause, LONGEST_PAUSE_SECONDS))

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
