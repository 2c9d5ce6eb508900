"""The whole description of the API, put together: each app says what its own part does.

Named in SPECTACULAR_SETTINGS; whoever imports this has registered every part.
"""

from typing import Any

from django.urls import reverse

from communications.api.description import fields, messages
from communications.api.description.failures import FAILURE
from communications.api.description.schemas import SCHEMAS
from communications.api.description.webhooks import WebhookDoor
from invitations.description import analytics, batches, invitations
from invitations.description.schemas import SCHEMAS as INVITATION_SCHEMAS

__all__ = ["batches", "fields", "invitations", "messages", "with_answers", "with_each_address_once"]

# Address, its pattern, method and view.
Endpoint = tuple[str, str, str, Any]


def with_each_address_once(endpoints: list[Endpoint], **_: Any) -> list[Endpoint]:
    """Leave out the addresses without their slash, and add Meta's door, which is no view of REST framework's."""
    door, path = WebhookDoor.as_view(), reverse("whatsapp-webhook")
    return [
        *(endpoint for endpoint in endpoints if endpoint[0].endswith("/")),
        *((path, path, method, door) for method in ("GET", "POST")),
    ]


def with_answers(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the schemas that answers refer to."""
    schemas = {
        **result["components"]["schemas"],
        **SCHEMAS,
        **INVITATION_SCHEMAS,
        **analytics.SCHEMAS,
        "Failure": FAILURE,
        "ListRow": batches.ROW,
    }
    result["components"]["schemas"] = {name: schemas[name] for name in sorted(schemas)}
    return result
