"""Posting a message to addresses, with each of the two clients."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from communications.graph.bulk_client import BulkClient
from communications.graph.client import GraphClient
from communications.wire import new_event_loop
from tests.communications.graph.meta_on_a_socket import BODY, TOKEN, credentials


def one_by_one(*urls: str, token: str = TOKEN) -> Any:
    """Post to each address with one client; the answer to the last."""
    client = GraphClient()
    return [client.post_message(credentials(url, token=token), BODY) for url in urls][-1]


def in_bulk(*urls: str, at_once: bool = False, token: str = TOKEN, bodies: Any = None) -> Any:
    """Post to each address with one client, one after another or at once; the answer to the last, or all of them."""

    async def posting() -> Any:
        async with BulkClient() as client:
            posts = [
                client.post_message(credentials(url, token=token), body)
                for url, body in zip(urls, bodies or [BODY] * len(urls), strict=True)
            ]
            return await asyncio.gather(*posts) if at_once else [await each for each in posts][-1]

    return run(posting())


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in the kind of event loop that sending uses."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)
