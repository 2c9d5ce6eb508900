"""What Meta posts about messages of ours: three statuses each, and an answer for one in ten. One update per POST."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATUSES = ("sent", "delivered", "read")
# Statuses of one message come seconds apart, and those of others between them.
TOGETHER = 500


@dataclass(frozen=True)
class Sent:
    """A message as Meta knows it."""

    id: str
    wamid: str
    wa_id: str
    user_id: str


@dataclass(frozen=True)
class Account:
    """Whose updates they are, and what they are signed with."""

    phone_number_id: str
    business_account_id: str
    app_secret: str


def write_updates(path: Path, messages: list[Sent], account: Account, *, at: int) -> int:
    """Write a line "signature<TAB>body" for each update of `messages`; return how many there are."""
    written = 0
    with path.open("wb") as lines:
        for value in _values(messages, at):
            body = json.dumps(_shell(value, account), separators=(",", ":")).encode()
            signature = hmac.digest(account.app_secret.encode(), body, hashlib.sha256).hex()
            lines.write(b"sha256=" + signature.encode() + b"\t" + body + b"\n")
            written += 1
    return written


def _values(messages: list[Sent], at: int) -> Iterator[dict[str, Any]]:
    for start in range(0, len(messages), TOGETHER):
        some = messages[start : start + TOGETHER]
        for later, status in enumerate(STATUSES):
            yield from ({"statuses": [_status(message, status, at + later)]} for message in some)
        yield from (_answer(message, at + len(STATUSES)) for message in some[::10])


def _status(message: Sent, status: str, at: int) -> dict[str, Any]:
    return {
        "id": message.wamid,
        "status": status,
        "timestamp": str(at),
        "recipient_id": message.wa_id,
        "recipient_user_id": message.user_id,
        "biz_opaque_callback_data": message.id,
        "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"},
    }


def _answer(message: Sent, at: int) -> dict[str, Any]:
    person = {"profile": {"name": "Ada"}, "wa_id": message.wa_id, "user_id": message.user_id}
    text = {
        "from": message.wa_id,
        "from_user_id": message.user_id,
        "id": f"{message.wamid}A",
        "timestamp": str(at),
        "type": "text",
        "text": {"body": "Thank you!"},
    }
    return {"contacts": [person], "messages": [text]}


def _shell(value: dict[str, Any], account: Account) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550783881", "phone_number_id": account.phone_number_id}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": account.business_account_id, "changes": [change]}]}
