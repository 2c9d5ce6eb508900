"""Meta's handshake: before a webhook is used, it must give back a challenge."""

import asyncio
import logging
import secrets
from collections.abc import Callable

import aiohttp

from sandbox.options import SandboxOptions

logger = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 30


class Handshake:
    """Asks the webhook for its challenge, at start and whenever it is configured anew.

    `verified` is None until there is an answer; `problem` says what is wrong.
    """

    def __init__(self, options: Callable[[], SandboxOptions], session: Callable[[], aiohttp.ClientSession]) -> None:
        self.options = options
        self.session = session
        self.verified: bool | None = None
        self.problem = ""
        self.asked = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.stop()
        self.verified, self.problem = None, ""
        self.asked.clear()
        options = self.options()
        if options.webhook_url and options.verify_token is not None:
            self.task = asyncio.create_task(self.repeat(options.webhook_url, options.verify_token))
        else:
            self.asked.set()

    def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            self.task = None

    async def repeat(self, url: str, verify_token: str) -> None:
        """Ask until there is an answer: the application may start after the sandbox."""
        pause = 0.2
        while await self.ask(url, verify_token) is None:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def ask(self, url: str, verify_token: str) -> bool | None:
        challenge = str(secrets.randbelow(10**10))
        query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": challenge}
        try:
            async with self.session().get(url, params=query, allow_redirects=False) as answer:
                self.conclude(answer.status, await answer.read() == challenge.encode())
        except (aiohttp.ClientError, TimeoutError) as error:
            self.report(f"the webhook could not be reached for the handshake: {error or type(error).__name__}")
        self.asked.set()
        return self.verified

    def conclude(self, status: int, echoed: bool) -> None:
        self.verified = status == 200 and echoed
        if self.verified:
            self.problem = ""
        elif status == 200:
            self.report("the webhook's answer to the handshake is not the challenge")
        else:
            self.report(f"the webhook refused the handshake with {status}")

    def report(self, problem: str) -> None:
        if problem != self.problem:
            logger.warning("Handshake failed: %s", problem)
        self.problem = problem
