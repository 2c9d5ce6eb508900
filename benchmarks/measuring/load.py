"""Callers: one after the other over `requests`, or many at once over aiohttp.

Every answer is checked. A benchmark that counted refusals would measure how fast we refuse.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp
import requests

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Route:
    """One of the ways that are compared: where a message goes, in which shape, and where its answer names it."""

    name: str
    url: str
    body: Callable[[str], dict[str, Any]]
    wamid: Callable[[dict[str, Any]], object]

    def check(self, status: int, answer: dict[str, Any]) -> None:
        """Raise RuntimeError unless the answer is a 200 with a wamid."""
        if status != 200 or not str(self.wamid(answer)).startswith("wamid."):
            raise RuntimeError(f"{self.name} answered {status}: {answer}")


@dataclass(frozen=True)
class Load:
    """What came of one round: how long each request took, and how long all of them together."""

    latencies: list[float]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


def phone_numbers() -> Iterator[str]:
    """Give valid numbers of one area code, each of them once: a person is invited once a day."""
    return (f"+1385{subscriber}" for subscriber in count(2_000_000) if not 5_550_000 <= subscriber < 5_560_000)


def one_at_a_time(session: requests.Session, route: Route, token: str, numbers: Sequence[str]) -> Load:
    """Send to each number after the answer to the one before."""
    started = time.perf_counter()
    latencies = [_send(session, route, token, number) for number in numbers]
    return Load(latencies, time.perf_counter() - started)


def _send(session: requests.Session, route: Route, token: str, number: str) -> float:
    started = time.perf_counter()
    response = session.post(route.url, json=route.body(number), headers=_signed(token), timeout=TIMEOUT_SECONDS)
    took = time.perf_counter() - started
    route.check(response.status_code, response.json())
    return took


def at_once(route: Route, tokens: Sequence[str], numbers: Iterator[str], *, seconds: float) -> Load:
    """Let one caller for each token send without a pause, for that long; every request begun is waited for."""
    return asyncio.run(_at_once(route, tokens, numbers, seconds))


async def _at_once(route: Route, tokens: Sequence[str], numbers: Iterator[str], seconds: float) -> Load:
    started = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=len(tokens))
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session, asyncio.TaskGroup() as callers:
        calls = [callers.create_task(_call(session, route, token, numbers, started + seconds)) for token in tokens]
    latencies = [latency for call in calls for latency in call.result()]
    return Load(latencies, time.perf_counter() - started)


async def _call(
    session: aiohttp.ClientSession, route: Route, token: str, numbers: Iterator[str], until: float
) -> list[float]:
    latencies: list[float] = []
    while (started := time.perf_counter()) < until:
        async with session.post(route.url, json=route.body(next(numbers)), headers=_signed(token)) as response:
            answer = await response.json()
        latencies.append(time.perf_counter() - started)
        route.check(response.status, answer)
    return latencies


def _signed(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
