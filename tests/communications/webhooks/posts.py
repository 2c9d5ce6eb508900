"""Webhooks as Meta posts them: the items, the shell around them, and a way to take them in."""

import json

from communications.models import WebhookEvent
from communications.webhooks.processing import process, process_due

NUMBER = "676188225586230"
OUR_ACCOUNT = "1513500473389693"
WAMID = "wamid.HBgLMTIwMjU1NTAxMDAVAgARGBI2QjQ4RkY5Njc0NTQ5QjQ4MjkA"
USER_ID = "US.13491208655302741918"
PHONE = "12025550100"
STEPS = {"sent": 1795348801, "failed": 1795348802, "delivered": 1795348803, "read": 1795348807}
FAILURE = [{"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Message Undeliverable."}}]


def status(name, message=None, wamid=WAMID, **changes):
    """One step of an outgoing message; with our ID if `message` is given."""
    item = {"id": wamid, "status": name, "timestamp": str(STEPS[name]), "recipient_id": PHONE}
    if message:
        item["biz_opaque_callback_data"] = str(message.pk)
    if name == "failed":
        item["errors"] = FAILURE
    return item | changes


def written_by(phone=PHONE, when=1795348900, text="Hello", **changes):
    """One message that somebody wrote to us; a sender without a `phone` hides it."""
    item = {"id": f"wamid.in.{phone}.{when}", "timestamp": str(when), "type": "text", "text": {"body": text}}
    return item | ({"from": phone} if phone else {}) | changes


def change(field="messages", number=NUMBER, **value):
    return {"field": field, "value": {"metadata": {"phone_number_id": number}, **value}}


def shell(*changes, account=OUR_ACCOUNT, time=1795348800):
    return {"object": "whatsapp_business_account", "entry": [{"id": account, "time": time, "changes": changes}]}


def receive(*statuses, number=NUMBER, **value):
    """Take in one webhook about messages, or about the `field` that is named with its items."""
    return receive_body(json.dumps(shell(change(number=number, statuses=statuses, **value))).encode())


def receive_change(field, account=OUR_ACCOUNT, time=1795348800, **value):
    """Take in one webhook about another field."""
    return receive_body(json.dumps(shell(change(field, **value), account=account, time=time)).encode())


def receive_body(body):
    event = WebhookEvent.objects.create(body=body)
    process(event)
    event.refresh_from_db()
    return event


def keep(*changes, **entry):
    """Store one webhook without processing it."""
    return WebhookEvent.objects.create(body=json.dumps(shell(*changes, **entry)).encode())


def receive_together(*bodies):
    """Store each of these shells as a webhook of its own, and process them as one batch."""
    WebhookEvent.objects.bulk_create(WebhookEvent(body=json.dumps(body).encode()) for body in bodies)
    assert process_due() == len(bodies)
