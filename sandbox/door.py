"""The sandbox in a thread of this process, for tests and benchmarks."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from sandbox import control, control_business
from sandbox.app import create_app
from sandbox.clock import DAY
from sandbox.exchange import Exchange
from sandbox.express import Entrance
from sandbox.options import SandboxOptions
from sandbox.webhook_record import WebhookRecord

T = TypeVar("T")

# A client that sends thousands a second opens hundreds of connections at once.
BACKLOG = 2048


@asynccontextmanager
async def running(options: SandboxOptions) -> AsyncIterator[Exchange]:
    """Serve until left. The exchange's options tell the port that was taken."""
    exchange = Exchange(options)
    runner = web.AppRunner(create_app(exchange), access_log=None, shutdown_timeout=1)
    async with AsyncExitStack() as stack:
        await exchange.start()
        stack.push_async_callback(exchange.stop)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        port = await stack.enter_async_context(listening(exchange, runner))
        exchange.options = replace(options, port=port)
        yield exchange


@asynccontextmanager
async def listening(exchange: Exchange, runner: web.AppRunner) -> AsyncIterator[int]:
    """Take connections until left; give the port."""
    assert runner.server is not None  # noqa: S101  for the type checker
    entrance = Entrance(exchange, runner.server)
    host, port = exchange.options.host, exchange.options.port
    server = await asyncio.get_running_loop().create_server(entrance, host, port, backlog=BACKLOG)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        entrance.close()


class Sandbox:
    """A running sandbox.

    >>> with Sandbox(SandboxOptions(delay_ms=0)) as sandbox:  # doctest: +SKIP
    ...     send_with(sandbox.url)
    ...     sandbox.wait_idle()
    ...     assert sandbox.messages()[0]["status"] == "read"
    """

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self.options = options or SandboxOptions()
        self.url = ""
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join()

    def messages(self) -> list[dict[str, Any]]:
        """Return the accepted messages, oldest first, as `GET /_sandbox/messages` does."""
        return self._call(control.messages_of)

    def refusals(self) -> list[dict[str, Any]]:
        """Return the latest refused send requests, oldest first."""
        return self._call(lambda exchange: [refusal.as_json() for refusal in exchange.store.refusals])

    def tally(self) -> dict[str, Any]:
        """Return how many sends were accepted, refused and repeated, as `GET /_sandbox/tally` does."""
        return self._call(lambda exchange: exchange.tally.as_json())

    def references(self) -> dict[str, int]:
        """Return how often each `biz_opaque_callback_data` was accepted."""
        return self._call(lambda exchange: dict(exchange.tally.references))

    def webhooks(self) -> list[WebhookRecord]:
        """Return the webhooks, oldest first: `body` in raw bytes, `headers`, `answers` and `state`."""
        return self._call(lambda exchange: list(exchange.courier.records))

    def settings(self) -> dict[str, Any]:
        """Return the options and the state of the webhook, as `GET /_sandbox/settings` does."""
        return self._call(control.settings_of)

    def configure(self, **changes: Any) -> None:
        """Change options (`webhook_url`, `delay_ms`, …); a new webhook is asked for its challenge at once."""
        self._await(lambda: self._exchange.configure(changes))

    def reply(self, phone: str, text: str, context: str | None = None) -> str:
        """Write to the business as the person with that number; return the wamid."""
        return self.receive("text", phone, context=context, body=text)

    def receive(self, kind: str, phone: str, /, *, context: str | None = None, **content: Any) -> str:
        """Send the business what the person with that number writes; return the wamid.

        `kind` is the name of a builder in `sandbox/inbound.py`, `content` its arguments, `context` the wamid of the
        message that is answered.
        """
        return self._call(lambda exchange: exchange.receive(kind, phone, content, context=context))

    def press(self, wamid: str, button: str | int) -> str:
        """Let the person press a button or list row of a message, by text or place; return the answer's wamid."""
        return self._call(lambda exchange: exchange.press(wamid, button))

    def media(self) -> list[dict[str, Any]]:
        """Return the files, oldest first: `id`, `mime_type`, `sha256`, `file_size`, `origin`, `expires_at`, …"""
        return self._call(control_business.media_of)

    def expire_media(self, media_id: str) -> None:
        """Let a media ID end now, as it would after its 30 or 7 days."""
        self._call(lambda exchange: exchange.business.media.expire(media_id))

    def templates(self) -> list[dict[str, Any]]:
        """Return the templates of the account as the Graph API lists them."""
        return self._call(control_business.templates_of)

    def set_template(self, name: str, language: str = "en_US", **changes: str) -> None:
        """Set `status`, `category`, `quality_score` or `reason` as Meta does unasked; the webhook says so."""
        self._call(lambda exchange: exchange.template_desk.overrule(name, language, changes))

    def clear_templates(self) -> None:
        """Forget every template: an account that has none yet."""
        self._call(lambda exchange: exchange.business.templates.clear())

    def account(self) -> dict[str, Any]:
        return self._call(lambda exchange: exchange.business.state.as_json())

    def set_account(self, **changes: Any) -> None:
        """Change the account's state: `token_valid`, `subscribed`, `can_send_message`, …; `sandbox/account.py`."""
        self._call(lambda exchange: exchange.business.change_state(changes))

    def contact_book_deletions(self) -> list[str]:
        """Return the user IDs whose entry in the contact book was deleted, oldest first."""
        return self._call(lambda exchange: list(exchange.business.contact_book_deletions))

    def advance(self, seconds: float = 0, *, days: float = 0) -> None:
        """Put the clock of media, templates, tokens and the answers' `Date` forward."""
        self._call(lambda exchange: exchange.clock.advance(seconds + days * DAY))

    def post_event(self, field: str, value: Mapping[str, Any], *, waba_id: str | None = None) -> None:
        """Send a webhook with one change of `field`; `sandbox/events.py` builds the values."""
        self._call(lambda exchange: exchange.post_event(field, value, waba_id=waba_id))

    def reset(self) -> None:
        """Forget messages, webhooks, limits and what is under way; keep the options."""
        self._call(lambda exchange: exchange.reset())

    def wait_idle(self, timeout: float = 10) -> None:
        """Wait until every status and reply has been told; TimeoutError after `timeout` seconds."""

        async def idle() -> None:
            await asyncio.wait_for(self._exchange.recipients.activity.idle.wait(), timeout)

        self._await(idle)

    def _call(self, function: Callable[[Exchange], T]) -> T:
        async def call() -> T:
            return function(self._exchange)

        return self._await(call)

    def _await(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return asyncio.run_coroutine_threadsafe(work(), self._loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  handed to the thread that waits for the start
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        async with running(self.options) as exchange:
            self._exchange = exchange
            self.url = f"http://{exchange.options.host}:{exchange.options.port}"
            self._ready.set()
            await self._leave.wait()
