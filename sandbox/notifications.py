"""The webhooks' bodies: their shape, their bytes and their signature."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from sandbox.messages import Message, Reply, Status
from sandbox.options import SandboxOptions
from sandbox.people import Person

Value = dict[str, Any]


def status_value(message: Message, status: Status) -> Value:
    """Tell the business what became of its message."""
    person, by_phone = message.person, message.envelope.by_phone
    told: dict[str, Any] = {
        "id": message.wamid,
        "status": status.name,
        "timestamp": str(int(status.timestamp)),
        "recipient_id": person.wa_id,
        "recipient_user_id": person.user_id,
    }
    if not by_phone:
        del told["recipient_id"]
    if message.envelope.callback_data:
        told["biz_opaque_callback_data"] = message.envelope.callback_data
    if status.error is not None:
        return {"statuses": [{**told, "errors": [status.error.notice()]}]}
    told["pricing"] = pricing_of(message)
    return {"contacts": [contact_of(person, by_phone=by_phone)], "statuses": [told]}


def reply_value(reply: Reply, *, business_number: str) -> Value:
    """Hand the business what a person wrote."""
    person = reply.person
    inbound: dict[str, Any] = {
        "from": person.wa_id,
        "from_user_id": person.user_id,
        "id": reply.wamid,
        "timestamp": str(int(reply.sent_at)),
        "text": {"body": reply.text},
        "type": "text",
    }
    if reply.context:
        inbound["context"] = {"from": business_number, "id": reply.context}
    contact = {"profile": {"name": person.name}, **contact_of(person)}
    return {"contacts": [contact], "messages": [inbound]}


def contact_of(person: Person, *, by_phone: bool = True) -> dict[str, str]:
    return {"wa_id": person.wa_id, "user_id": person.user_id} if by_phone else {"user_id": person.user_id}


def pricing_of(message: Message) -> dict[str, Any]:
    category = message.envelope.content.category
    free = category == "service"
    kind = "free_customer_service" if free else "regular"
    return {"billable": not free, "pricing_model": "PMP", "type": kind, "category": category}


def notification(values: Sequence[Value], options: SandboxOptions) -> dict[str, Any]:
    """Wrap one or more updates in the shell of one webhook."""
    metadata = {
        "display_phone_number": options.display_phone_number,
        "phone_number_id": options.phone_number_id,
    }
    changes = [
        {"value": {"messaging_product": "whatsapp", "metadata": metadata, **value}, "field": "messages"}
        for value in values
    ]
    entry = {"id": options.business_account_id, "changes": changes}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def encoded(body: dict[str, Any]) -> bytes:
    r"""Return the bytes as Meta writes them: non-ASCII as \uXXXX and "/" as "\/".

    Whoever hashes a re-serialised body gets another signature.
    """
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def signature(body: bytes, app_secret: str) -> str:
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
