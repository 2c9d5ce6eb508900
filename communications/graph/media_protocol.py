"""What Meta's answers about files mean, and where the token may be sent to fetch one. Pure.

Nothing here sends a message: whatever goes wrong, the message certainly did not leave.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from communications.errors import DeliveryUnconfirmed, MetaUnreachable
from communications.graph.protocol import Answer, read_object
from communications.sentences import Sentence

MEDIA_ID_LIMIT = 100
# Meta's own domains: the Graph API itself, and the hosts that it names for downloads.
_METAS_DOMAINS = ("facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net")


@dataclass(frozen=True)
class MediaAddress:
    """Where a file can be fetched for five minutes, and what Meta says of it; `sha256` is hexadecimal or empty."""

    url: str
    mime_type: str
    sha256: str
    size: int | None


def read_upload(answer: Answer) -> str:
    """Read the ID that Meta gave a file. Raises `SendFailed`, `RateLimited`, `ChannelPaused` or `MetaUnreachable`."""
    media_id = _object(answer).get("id")
    if not is_media_id(media_id):
        raise MetaUnreachable(Sentence("Meta took the file and named no ID. Nothing was sent; try again in a moment."))
    return str(media_id)


def read_address(answer: Answer) -> MediaAddress:
    """Read where a file can be fetched. Raises as `read_upload` does."""
    body = _object(answer)
    size = body.get("file_size")
    return MediaAddress(
        url=str(body.get("url") or ""),
        mime_type=str(body.get("mime_type") or ""),
        sha256=hex_sha256(body.get("sha256")),
        size=int(size) if isinstance(size, int | str) and str(size).isdecimal() else None,
    )


def hex_sha256(value: object) -> str:
    """The SHA-256 in lower-case hexadecimal, which Meta writes so or in base64; empty if it is neither."""
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(r"(?i)[0-9a-f]{64}", text):
        return text.lower()
    try:
        digest = base64.b64decode(
            text.rstrip("=").translate(_URL_SAFE) + "=" * (-len(text.rstrip("=")) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        return ""
    return digest.hex() if len(digest) == 32 else ""


_URL_SAFE = str.maketrans("-_", "+/")


def is_media_id(value: object) -> bool:
    """Say whether this can be an ID of Meta's, which becomes a part of an address."""
    return (
        isinstance(value, str)
        and bool(re.fullmatch(rf"[A-Za-z0-9_.-]{{1,{MEDIA_ID_LIMIT}}}", value))
        and value.strip(".") != ""
    )


def may_get_the_token(url: str, *, base_url: str) -> bool:
    """Say whether a download from `url` may carry our token.

    Yes for Meta's own domains over https, where Meta is who we talk to. Where the Graph API is a sandbox, only for the
    very host and port of it.
    """
    # Those who read an address disagree about anything else than this: the one who connects may see another host.
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[!-~]*)?", url) or "\\" in url:
        return False
    try:
        there, graph = urlsplit(url), urlsplit(base_url)
        if _is_metas(graph):
            return _is_metas(there)
        return _origin(there) == _origin(graph)
    except ValueError:
        return False


def _is_metas(parts: SplitResult) -> bool:
    host = (parts.hostname or "").removesuffix(".")
    return (
        parts.scheme == "https"
        and parts.port in (None, 443)
        and any(host == domain or host.endswith("." + domain) for domain in _METAS_DOMAINS)
    )


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port


def _object(answer: Answer) -> dict[str, object]:
    try:
        return read_object(answer)
    except DeliveryUnconfirmed as exc:
        unreachable = MetaUnreachable(
            Sentence("Meta is in trouble with files. Nothing was sent; try again in a moment.")
        )
        unreachable.meta_code, unreachable.meta_details = exc.meta_code, exc.meta_details
        unreachable.fbtrace_id, unreachable.raw = exc.fbtrace_id, exc.raw
        raise unreachable from exc
