"""A webhook's bytes to typed updates. Pure; one item that cannot be read never hides its neighbours.

Unknown fields, types and statuses are normal at Meta: they stay in the stored body and are passed over here.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from communications.models import Status

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

    Raises ValueError if the body is not JSON.
    """
    return list(_updates(json.loads(body.replace(rb"\u0000", b"")), phone_number_id))


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
        _text(item.get("id")),
    )
    if status is None or at is None or not (wamid or item.get("biz_opaque_callback_data")):
        return None
    errors = _objects(item, "errors")
    code = errors[0].get("code") if errors else None
    return StatusUpdate(
        wamid=wamid,
        status=status,
        at=at,
        message_id=_uuid(item.get("biz_opaque_callback_data")),
        wa_id=_text(item.get("recipient_id")),
        user_id=_text(item.get("recipient_user_id")),
        meta_code=code if isinstance(code, int) else None,
        details={key: item[key] for key in ("pricing", "errors") if key in item},
    )


def _inbound(item: dict[str, Any]) -> InboundMessage | None:
    at, wa_id, user_id = (
        _time(item.get("timestamp")),
        _text(item.get("from")),
        _text(item.get("from_user_id")),
    )
    if at is None or not (wa_id or user_id):
        return None
    return InboundMessage(wamid=_text(item.get("id")), at=at, wa_id=wa_id, user_id=user_id)


def _objects(holder: object, key: str) -> list[dict[str, Any]]:
    items = holder.get(key) if isinstance(holder, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


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
