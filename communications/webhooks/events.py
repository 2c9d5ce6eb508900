"""A webhook's bytes to typed updates. Pure; one item that cannot be read never hides its neighbours.

Unknown fields, types and statuses are normal at Meta: they stay in the stored body and are passed over here.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from communications.graph.protocol import WAMID_LIMIT, read_code
from communications.message_text import readable
from communications.models import Status

# Meta's own objects are four levels deep.
_DEEPEST = 20

_STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,
    "failed": Status.FAILED,
}


@dataclass(frozen=True)
class StatusUpdate:
    """A message of ours went one step on. `message_id` is our own ID, when Meta echoed it."""

    wamid: str
    status: Status
    at: datetime
    message_id: UUID | None
    wa_id: str
    user_id: str
    meta_code: int | None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class InboundMessage:
    """Somebody wrote to us; the number is absent where the person hides it."""

    wamid: str
    at: datetime
    wa_id: str
    user_id: str


Update = StatusUpdate | InboundMessage


def read_updates(body: bytes, *, phone_number_id: str) -> list[Update]:
    """Read every update of every entry that is about our number.

    Raises ValueError if the body is not JSON that can be read.
    """
    try:
        shell = json.loads(body, parse_constant=lambda _name: None)
    except RecursionError as exc:
        raise ValueError("The body is nested too deeply to be read.") from exc
    return list(_updates(shell, phone_number_id))


def _updates(shell: object, phone_number_id: str) -> Iterator[Update]:
    for entry in _objects(shell, "entry"):
        for change in _objects(entry, "changes"):
            value = _object(change.get("value"))
            about = _object(value.get("metadata")).get("phone_number_id")
            if change.get("field") == "messages" and about == phone_number_id:
                yield from (found for item in _objects(value, "statuses") if (found := _status(item)))
                yield from (heard for item in _objects(value, "messages") if (heard := _inbound(item)))


def _status(item: dict[str, Any]) -> StatusUpdate | None:
    status, at, wamid = (
        _STATUSES.get(_text(item.get("status"))),
        _time(item.get("timestamp")),
        _wamid(item.get("id")),
    )
    if status is None or at is None or not (wamid or item.get("biz_opaque_callback_data")):
        return None
    errors = _objects(item, "errors")
    details = {"pricing": item.get("pricing"), "errors": errors}
    return StatusUpdate(
        wamid=wamid,
        status=status,
        at=at,
        message_id=_uuid(item.get("biz_opaque_callback_data")),
        wa_id=_text(item.get("recipient_id")),
        user_id=_text(item.get("recipient_user_id")),
        meta_code=read_code(errors[0]) if errors else None,
        details={key: _storable(value) for key, value in details.items() if value},
    )


def _inbound(item: dict[str, Any]) -> InboundMessage | None:
    at, wa_id, user_id = (
        _time(item.get("timestamp")),
        _text(item.get("from")),
        _text(item.get("from_user_id")),
    )
    if at is None or not (wa_id or user_id):
        return None
    return InboundMessage(wamid=_wamid(item.get("id")), at=at, wa_id=wa_id, user_id=user_id)


def _objects(holder: object, key: str) -> list[dict[str, Any]]:
    items = holder.get(key) if isinstance(holder, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return readable(value) if isinstance(value, str) else ""


def _wamid(value: object) -> str:
    text = _text(value)
    return text if len(text) <= WAMID_LIMIT else ""


def _storable(value: object, depth: int = 0) -> Any:
    """Leave out what a database's JSON cannot keep: U+0000, halves of characters, infinite numbers, an abyss."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict | list) and depth == _DEEPEST:
        return None
    if isinstance(value, dict):
        return {readable(key): _storable(held, depth + 1) for key, held in value.items()}
    if isinstance(value, list):
        return [_storable(held, depth + 1) for held in value]
    return value


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(_text(value)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(_text(value))
    except ValueError:
        return None
