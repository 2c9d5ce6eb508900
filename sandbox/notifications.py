"""The webhooks' bodies: their shape, their bytes and their signature."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from typing import Any

from sandbox.messages import Message, Reply, Status
from sandbox.options import SandboxOptions
from sandbox.people import Person

Value = dict[str, Any]

# Meta puts `messaging_product` and `metadata` into the values of these fields, and a time beside the others.
ABOUT_A_NUMBER = frozenset({"messages", "user_preferences"})


def status_value(message: Message, status: Status, *, hidden: bool = False) -> Value:
    """Tell the business what became of its message."""
    person, by_phone = message.person, message.envelope.by_phone and not hidden
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
    told["pricing"] = pricing_of(message.envelope.content.category)
    return {"contacts": [contact_of(person, by_phone=by_phone)], "statuses": [told]}


def reply_value(reply: Reply, *, business_number: str, hidden: bool = False) -> Value:
    """Hand the business what a person wrote. `hidden`: they have a username and do not show their number."""
    person, inbound = reply.person, reply.inbound
    told: dict[str, Any] = {
        "from": person.wa_id,
        "from_user_id": person.user_id,
        "id": reply.wamid,
        "timestamp": str(int(reply.sent_at)),
        **inbound.content,
        "type": inbound.type,
    }
    if hidden:
        del told["from"]
    if reply.context:
        told["context"] = {"from": business_number, "id": reply.context}
    if inbound.type == "system":
        return {"messages": [told]}
    profile = {"name": person.name, **({"username": person.username} if hidden else {})}
    return {"contacts": [{"profile": profile, **contact_of(person, by_phone=not hidden)}], "messages": [told]}


def contact_of(person: Person, *, by_phone: bool = True) -> dict[str, str]:
    return {"wa_id": person.wa_id, "user_id": person.user_id} if by_phone else {"user_id": person.user_id}


def pricing_of(category: str) -> dict[str, Any]:
    free = category == "service"
    kind = "free_customer_service" if free else "regular"
    return {"billable": not free, "pricing_model": "PMP", "type": kind, "category": category}


def merged(values: Sequence[Value]) -> Value:
    """Put updates of one kind into one value, as Meta does; a person is listed once among the contacts."""
    if len(values) == 1:
        return values[0]
    whole: Value = {}
    for value in values:
        for name, items in value.items():
            whole.setdefault(name, []).extend(item for item in items if name != "contacts" or item not in whole[name])
    return whole


def change(field: str, value: Value, options: SandboxOptions) -> dict[str, Any]:
    """Return one change. What concerns a phone number says which."""
    if field in ABOUT_A_NUMBER:
        metadata = {"display_phone_number": options.display_phone_number, "phone_number_id": options.phone_number_id}
        value = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {"value": value, "field": field}


def notification(
    values: Sequence[Value], options: SandboxOptions, *, field: str = "messages", waba_id: str = ""
) -> dict[str, Any]:
    """Wrap one or more values in the shell of one webhook."""
    entry: dict[str, Any] = {"id": waba_id or options.business_account_id}
    if field not in ABOUT_A_NUMBER:
        entry["time"] = int(time.time())
    entry["changes"] = [change(field, value, options) for value in values]
    return {"object": "whatsapp_business_account", "entry": [entry]}


def encoded(body: dict[str, Any]) -> bytes:
    r"""Return the bytes as Meta writes them: non-ASCII as \uXXXX and "/" as "\/".

    Whoever hashes a re-serialised body gets another signature.
    """
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def signature(body: bytes, app_secret: str) -> str:
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
