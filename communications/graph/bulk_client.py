"""Thousands of messages: aiohttp to the Graph API, hundreds of requests in flight over kept-alive connections.

It has to get the same thing right as `client.py`: whether the request was written. Everything that fails while
connecting is "not sent"; everything after that is "unknown". aiohttp sends a request a second time by itself only where
the method may be repeated, and POST may not.
"""

import json
import ssl
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy
from yarl import URL

from communications.errors import DeliveryUnconfirmed, MetaUnreachable, NotConfigured
from communications.graph.client import CONNECT_TIMEOUT, READ_TIMEOUT, Credentials
from communications.graph.protocol import Answer
from communications.sentences import Sentence

_when_connected: ContextVar[Callable[[], None]] = ContextVar("when_connected")

_UNUSABLE = Sentence("WHATSAPP_GRAPH_API_URL is not a usable address. Check it.")


class BulkClient:
    """Posts to the Graph API from one event loop.

    async with BulkClient() as client:
        answer = await client.post_message(credentials, body)
    """

    def __init__(self) -> None:
        self._routes: dict[str, _Route] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            # No limit: whoever calls decides how many are in flight.
            connector=_Connector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            # The first is over long before the second: what the second ends is a wait for the answer.
            timeout=aiohttp.ClientTimeout(total=CONNECT_TIMEOUT + READ_TIMEOUT, connect=CONNECT_TIMEOUT),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def post_message(
        self, credentials: Credentials, body: dict[str, Any], *, when_connected: Callable[[], None] = lambda: None
    ) -> Answer:
        """Send one message body and return Meta's answer, whatever it says. Raises as `GraphClient.post_message`.

        `when_connected` is called when there is a connection for it, and it is about to be written.
        """
        # Each request is a task with a context of its own.
        _when_connected.set(when_connected)
        address = credentials.url("messages")
        route = self._routes.get(address) or self._routes.setdefault(address, _route(address))
        try:
            async with self._session.post(
                route.url,
                data=json.dumps(body).encode(),
                headers={"Authorization": _bearer(credentials.access_token), "Content-Type": "application/json"},
                proxy=route.proxy,
                ssl=route.trusted,
                # A redirect would carry the message, and perhaps the token, to another host.
                allow_redirects=False,
            ) as response:
                return Answer(response.status, await response.read(), response.headers)
        except _NotConnected as exc:
            raise MetaUnreachable(
                Sentence("Meta could not be reached. Nothing was sent; try again in a moment.")
            ) from exc
        except TimeoutError as exc:
            raise DeliveryUnconfirmed(Sentence("Meta did not answer in time.")) from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise DeliveryUnconfirmed(Sentence("The connection to Meta broke before its answer came.")) from exc


class _NotConnected(Exception):
    """It broke while the connection was being made: nothing of the message was written."""


class _Connector(aiohttp.TCPConnector):
    """Tells a connection that was never made from one that broke under the message.

    aiohttp raises the same errors for both: a proxy that cuts the tunnel and a server that cuts the answer are both a
    ServerDisconnectedError.
    """

    async def connect(self, *args: Any, **options: Any) -> Any:
        try:
            connection = await super().connect(*args, **options)
        except Exception as exc:
            raise _NotConnected(f"{type(exc).__name__}: {exc}") from exc
        _when_connected.get()()
        return connection


@dataclass(frozen=True)
class _Route:
    """How an address is reached: through which proxy, and trusting whom."""

    url: URL
    proxy: str | None
    trusted: ssl.SSLContext | bool


def _route(address: str) -> _Route:
    """Raise `NotConfigured` for an address that cannot be used.

    Proxies and certificates of the environment are taken as `requests` takes them, so that both clients go one way.
    """
    try:
        requests.Request("POST", address).prepare()
        # A password in the address does not replace the token.
        url = URL(address, encoded=True).with_user(None)
        url.raw_host.encode("idna")  # type: ignore[union-attr]
    except (ValueError, AttributeError) as exc:
        raise NotConfigured(_UNUSABLE) from exc
    if url.scheme not in {"http", "https"}:
        raise NotConfigured(_UNUSABLE)
    with requests.Session() as session:
        environment = session.merge_environment_settings(address, {}, False, None, None)
    proxy = select_proxy(address, environment["proxies"])
    if proxy and URL(proxy).scheme not in {"http", "https"}:
        raise NotConfigured(Sentence("The proxy of the environment is none for http, and no other is supported."))
    return _Route(url, proxy, _trusting(environment["verify"]) if url.scheme == "https" else True)


def _trusting(verify: object) -> ssl.SSLContext:
    """`verify` is where the certificates are that the environment names; otherwise those that come with `requests`."""
    place = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
    is_directory = Path(place).is_dir()
    try:
        return ssl.create_default_context(
            cafile=None if is_directory else place, capath=place if is_directory else None
        )
    except OSError as exc:
        raise NotConfigured(Sentence("The certificates that REQUESTS_CA_BUNDLE names cannot be read.")) from exc


def _bearer(token: str) -> str:
    if not token.isascii() or not token.isprintable():
        raise NotConfigured(Sentence("WHATSAPP_ACCESS_TOKEN holds characters that no token has. Copy it again."))
    return f"Bearer {token}"
