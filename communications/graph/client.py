"""One message now: `requests` to the Graph API, over kept-alive connections.

The one thing this file must get right: whether the request was written. Everything that fails while connecting is
"not sent"; everything after that is "unknown".
"""

import hashlib
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, LocationValueError, MaxRetryError, NewConnectionError, ProxyError

from communications.errors import DeliveryUnconfirmed, MetaUnreachable, NotConfigured
from communications.graph.media_protocol import may_get_the_token
from communications.graph.multipart import FileForm
from communications.graph.protocol import Answer
from communications.sentences import Sentence

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 10.0
# A piece of an upload may wait for a slow line, and Meta looks at the file before it answers.
UPLOAD_TIMEOUTS = (10.0, 60.0)
# A download that takes longer as a whole is given up: whoever fetches has other work waiting.
DOWNLOAD_DEADLINE = 60.0
_CHUNK = 64 * 1024
POOL_SIZE = 64


@dataclass(frozen=True)
class Credentials:
    """Where and as whom to send: read from the settings for each message."""

    access_token: str = field(repr=False)
    phone_number_id: str
    api_version: str
    base_url: str

    def url(self, edge: str) -> str:
        """The address of an edge of our number, such as `messages`."""
        return self.node(f"{quote(self.phone_number_id, safe='')}/{edge}")

    def node(self, path: str) -> str:
        """The address of anything else in this version of the Graph API, such as a file by its ID."""
        return f"{self.base_url.rstrip('/')}/{quote(self.api_version, safe='')}/{path}"


@dataclass(frozen=True)
class Download:
    """What came of a download: Meta's HTTP status, and of what was read the size and the SHA-256."""

    status: int
    size: int = 0
    sha256: str = ""


class GraphClient:
    """Posts to the Graph API; safe to share between threads."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=0))

    def post_message(self, credentials: Credentials, body: dict[str, Any]) -> Answer:
        """Send one message body and return Meta's answer, whatever it says.

        Raises `MetaUnreachable` or `NotConfigured` when nothing was written, `DeliveryUnconfirmed` when the request
        was written and no whole answer came back.
        """
        return self._request("POST", credentials.url("messages"), credentials, json=body)

    def get(self, credentials: Credentials, edge: str, query: dict[str, str]) -> Answer:
        """Read an edge of our number. Raises as `post_message` does."""
        return self._request("GET", credentials.url(edge), credentials, params=query)

    def get_node(
        self,
        credentials: Credentials,
        path: str,
        query: dict[str, str],
        *,
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
    ) -> Answer:
        """Read anything of the Graph API by its path, such as an account's templates. Raises as `post_message` does.

        `timeout` is that of the connection and that of the answer, in seconds.
        """
        return self._request("GET", credentials.node(path), credentials, params=query, timeout=timeout)

    def post_node(self, credentials: Credentials, path: str, body: dict[str, Any]) -> Answer:
        """Create or change something by its path. Raises as `post_message` does."""
        return self._request("POST", credentials.node(path), credentials, json=body)

    def delete(self, credentials: Credentials, edge: str, query: dict[str, str]) -> Answer:
        """Delete from an edge of our number, such as its contact book. Raises as `post_message` does."""
        return self._request("DELETE", credentials.url(edge), credentials, params=query)

    def get_media(self, credentials: Credentials, media_id: str) -> Answer:
        """Ask where a file can be fetched. Raises `MetaUnreachable` or `NotConfigured`.

        Our number is not named: Meta takes it for the number that uploaded the file, which is not so for files that
        people sent us.
        """
        return self._about_a_file("GET", credentials.node(quote(media_id, safe="")), credentials)

    def upload(self, credentials: Credentials, form: FileForm) -> Answer:
        """Send a file, read while it is being sent. Raises `MetaUnreachable` or `NotConfigured`."""
        return self._about_a_file(
            "POST",
            credentials.url("media"),
            credentials,
            timeout=UPLOAD_TIMEOUTS,
            headers={"Content-Type": form.content_type},
            data=form,
        )

    def download(self, credentials: Credentials, url: str, *, into: BinaryIO, limit: int) -> Download:
        """Write the file at `url` to `into` while it comes; stop once it is larger than `limit` bytes.

        The token goes to Meta's own hosts only, and no redirect is followed. Raises `MetaUnreachable` or
        `NotConfigured`.
        """
        if not may_get_the_token(url, base_url=credentials.base_url):
            raise MetaUnreachable(
                Sentence("The file is said to be at a place that is not Meta's; the token was not sent there.")
            )
        try:
            # Not compressed: the bytes on the wire are those of the hash, and no more than they seem.
            headers = {"Accept-Encoding": "identity"}
            with self._open("GET", url, credentials, stream=True, headers=headers) as response:
                if response.status_code != 200:
                    return Download(response.status_code)
                return _pour(response, into, limit)
        except (requests.RequestException, HTTPError, LocationValueError) as exc:
            raise MetaUnreachable(Sentence("The file could not be fetched from Meta.")) from exc

    def _about_a_file(self, method: str, url: str, credentials: Credentials, **content: Any) -> Answer:
        """A request that sends no message: if it is not known to have arrived, nothing is lost by trying again."""
        try:
            return self._request(method, url, credentials, **content)
        except DeliveryUnconfirmed as exc:
            raise MetaUnreachable(Sentence("Meta did not answer about the file. Nothing was sent; try again.")) from exc

    def _request(self, method: str, url: str, credentials: Credentials, **content: Any) -> Answer:
        try:
            response = self._open(method, url, credentials, **content)
        except (requests.RequestException, LocationValueError) as exc:
            raise _sent_or_not(exc) from exc
        return Answer(response.status_code, response.content, response.headers)

    def _open(self, method: str, url: str, credentials: Credentials, **content: Any) -> requests.Response:
        return self._session.request(
            method,
            url,
            auth=_BearerToken(credentials.access_token),
            # A redirect would carry the message, and perhaps the token, to another host.
            allow_redirects=False,
            **{"timeout": (CONNECT_TIMEOUT, READ_TIMEOUT), **content},
        )


def _pour(response: requests.Response, into: BinaryIO, limit: int) -> Download:
    digest, size, until = hashlib.sha256(), 0, time.monotonic() + DOWNLOAD_DEADLINE
    # As much as has come, not a whole chunk: a line that drips must not hide from the clock.
    while size <= limit and (chunk := response.raw.read1(_CHUNK, decode_content=True)):
        if time.monotonic() > until:
            raise MetaUnreachable(Sentence("The file came too slowly."))
        size += len(chunk)
        digest.update(chunk)
        into.write(chunk)
    return Download(response.status_code, size, digest.hexdigest())


class _BearerToken(AuthBase):
    """Set as `auth`, so that a .netrc entry for the host cannot replace the token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self._token.isascii() or not self._token.isprintable():
            raise NotConfigured(Sentence("WHATSAPP_ACCESS_TOKEN holds characters that no token has. Copy it again."))
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _NotConnected(NewConnectionError):
    """It broke while the connection was being made: nothing of the message was written."""


class _Connecting:
    """Tells a connection that was never made from one that broke under the message.

    urllib3 raises the same errors for both: an SSLError for a handshake and for a broken read, a ProxyError for a
    proxy that is not there and for one that cuts the connection while we wait for the answer.
    """

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except LocationValueError:
            raise
        except (OSError, HTTPException, HTTPError) as exc:
            raise _NotConnected(self, f"{type(exc).__name__}: {exc}") from exc  # type: ignore[arg-type]


class _Connection(_Connecting, HTTPConnection):
    pass


class _TLSConnection(_Connecting, HTTPSConnection):
    pass


class _ConnectionPool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSConnectionPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._use_own_connections(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        return self._use_own_connections(super().proxy_manager_for(proxy, **kwargs))

    @staticmethod
    def _use_own_connections(manager: Any) -> Any:
        manager.pool_classes_by_scheme = {"http": _ConnectionPool, "https": _TLSConnectionPool}
        return manager


def _sent_or_not(exc: Exception) -> MetaUnreachable | NotConfigured | DeliveryUnconfirmed:
    if isinstance(exc, ValueError):
        # requests refuses a URL that it cannot use before it opens a connection.
        return NotConfigured(Sentence("WHATSAPP_GRAPH_API_URL is not a usable address. Check it."))
    cause = exc.args[0] if exc.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(reason, ProxyError):
        reason = reason.original_error
    if isinstance(reason, _NotConnected):
        return MetaUnreachable(Sentence("Meta could not be reached. Nothing was sent; try again in a moment."))
    if isinstance(exc, requests.Timeout):
        return DeliveryUnconfirmed(Sentence("Meta did not answer in time."))
    return DeliveryUnconfirmed(Sentence("The connection to Meta broke before its answer came."))
