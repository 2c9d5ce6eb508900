"""People who send us files, and the worker that fetches them."""

import hashlib
import itertools
import json
from pathlib import Path

from django.utils import timezone

from communications.models import InboundMedia, WebhookEvent
from communications.webhooks.processing import process
from communications.whatsapp_service import whatsapp_service
from tests.communications.media import samples
from tests.communications.media.meta_of_files import StoredFile

_numbers = itertools.count(1)


def receive(*messages):
    """Process one webhook with these messages."""
    value = {"metadata": {"phone_number_id": "676188225586230"}, "messages": messages}
    body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]}).encode()
    event = WebhookEvent.objects.create(body=body)
    process(event)
    event.refresh_from_db()
    assert event.error == ""


def message(kind="image", *, media_id="1001", at=None, mime_type="image/jpeg", content=b"", **more):
    number = next(_numbers)
    part = {"id": media_id, "mime_type": mime_type, **more}
    if content:
        part["sha256"] = hashlib.sha256(content).hexdigest()
    return {
        "from": "12025550100",
        "id": f"wamid.in{number}",
        "timestamp": str(int((at or timezone.now()).timestamp())),
        "type": kind,
        kind: part,
    }


PHOTO = samples.jpeg()


def arrive(meta, content=PHOTO, *, kind="image", mime_type="image/jpeg", **more):
    """A person sends a file, and Meta has it."""
    meta.files["1001"] = StoredFile(content, mime_type)
    receive(message(kind, mime_type=mime_type, content=content, **more))


def fetch():
    return whatsapp_service.fetch_received_media()


def due_again():
    InboundMedia.objects.update(next_attempt_at=timezone.now())


def stored(storage: Path) -> list[Path]:
    return [path for path in storage.rglob("*") if path.is_file()]
