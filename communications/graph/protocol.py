"""What Meta's answers mean: status, headers and body in, `Accepted` or an error out. Pure.

The Graph API has no idempotency key, so the question is always the same: sent, not sent, or unknown?
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from communications.errors import ChannelPaused, DeliveryUnconfirmed, MetaError, RateLimited, SendFailed
from communications.json_shapes import text_of
from communications.message_text import readable
from communications.meta_codes import META_CODES, Action
from communications.sentences import Sentence

# Meta names a wamid "wamid." plus base64; the column that keeps it is this long.
WAMID_LIMIT = 255
_IDENTITY_LIMIT = 150
_CODE_LIMIT = 2**31


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of the Graph API."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """Meta took the message: 200 means accepted, not delivered."""

    wamid: str
    held: bool
    wa_id: str
    user_id: str
    raw: dict[str, Any]


def read_send_answer(answer: Answer) -> Accepted:
    """Read the answer to a send.

    Raises `SendFailed`, `RateLimited` or `ChannelPaused` where Meta certainly did not take the message, and
    `DeliveryUnconfirmed` where nobody can know: a server error without a documented code, a code that Meta
    documents as ambiguous, or a 200 that cannot be read.
    """
    body = _json_object(answer.body)
    if "error" in body:
        raise _error(answer, body)
    if answer.status == 200:
        return _accepted(body)
    if answer.status >= 500 or answer.status < 300:
        raise DeliveryUnconfirmed(
            Sentence("Meta answered with status %(status)d and no explanation.", status=answer.status)
        )
    if answer.status == 429:
        raise RateLimited(meta_code=None, retry_after=_retry_after(answer.headers), raw=body)
    raise SendFailed(meta_code=None, meta_details=f"HTTP {answer.status}", raw=body)


def read_success(answer: Answer) -> None:
    """Read the answer to what is no message, such as a read receipt. Raises as `read_send_answer` does."""
    body = _json_object(answer.body)
    if "error" in body:
        raise _error(answer, body)
    if answer.status != 200 or body.get("success") is not True:
        raise DeliveryUnconfirmed(
            Sentence("Meta answered with status %(status)d and did not confirm it.", status=answer.status)
        )


HISTORY_FIELDS = "id,message_id,events{delivery_status,webhook_update_state,timestamp,error_description}"


def read_history(answer: Answer) -> list[dict[str, Any]]:
    """Read the answer of `message_history`: the events of the message, none if Meta knows nothing of it.

    Raises as `read_send_answer` does where Meta answers with an error.
    """
    events = _first(read_object(answer).get("data")).get("events")
    listed = events.get("data") if isinstance(events, dict) else None
    return [event for event in listed if isinstance(event, dict)] if isinstance(listed, list) else []


def read_object(answer: Answer) -> dict[str, Any]:
    """Read any other answer than that to a send. Raises as `read_send_answer` does where it is not a success."""
    body = _json_object(answer.body)
    if "error" in body:
        raise _error(answer, body)
    if answer.status != 200:
        raise DeliveryUnconfirmed(
            Sentence("Meta answered with status %(status)d and no explanation.", status=answer.status)
        )
    return body


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _accepted(body: dict[str, Any]) -> Accepted:
    message = _first(body.get("messages"))
    wamid = message.get("id")
    if not isinstance(wamid, str) or not wamid or len(wamid) > WAMID_LIMIT or wamid != readable(wamid):
        raise DeliveryUnconfirmed(Sentence("Meta's answer carried no message ID."))
    contact = _first(body.get("contacts"))
    return Accepted(
        wamid=wamid,
        held=message.get("message_status") in {"held_for_quality_assessment", "paused"},
        wa_id=_identity(contact.get("wa_id")),
        user_id=_identity(contact.get("user_id")),
        raw=body,
    )


def _error(answer: Answer, body: dict[str, Any]) -> MetaError | DeliveryUnconfirmed:
    error = body["error"] if isinstance(body["error"], dict) else {}
    code = read_code(error)
    known = META_CODES.get(code) if code is not None else None
    # A 200 that names no code is a 200 that cannot be read.
    if known is None and (answer.status >= 500 or answer.status < 300):
        reason = Sentence("Meta answered with status %(status)d.", status=answer.status)
        return _unconfirmed(error, code, reason, body)
    if known and known.action is Action.SETTLE:
        return _unconfirmed(error, code, known.meaning, body)
    refusal = {Action.PAUSE: ChannelPaused, Action.RETRY: RateLimited}.get(
        known.action if known else Action.FIX, SendFailed
    )
    return refusal(
        meta_code=code,
        meta_details=_details(error),
        fbtrace_id=text_of(error.get("fbtrace_id")),
        raw=body,
        retry_after=_retry_after(answer.headers),
    )


def _unconfirmed(error: dict[str, Any], code: int | None, reason: str, body: dict[str, Any]) -> DeliveryUnconfirmed:
    unconfirmed = DeliveryUnconfirmed(reason)
    unconfirmed.meta_code = code
    unconfirmed.meta_details = _details(error)
    unconfirmed.fbtrace_id = text_of(error.get("fbtrace_id"))
    unconfirmed.raw = body
    return unconfirmed


def read_code(error: Mapping[str, Any]) -> int | None:
    """The code of one of Meta's error objects; None where it holds no number that could be a code."""
    code = error.get("code")
    return code if type(code) is int and 0 <= code < _CODE_LIMIT else None


def _details(error: dict[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    return text_of(details) or text_of(error.get("message"))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _first(items: object) -> dict[str, Any]:
    if isinstance(items, list) and items and isinstance(items[0], dict):
        return items[0]
    return {}


def _identity(value: object) -> str:
    text = text_of(value)
    return text if len(text) <= _IDENTITY_LIMIT else ""
