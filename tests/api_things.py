"""One of each thing that has an address in the API."""

from collections.abc import Callable
from typing import Any


def api_things(post: Callable[[str, dict[str, Any]], Any]) -> dict[str, str]:
    """Make them by posting a body to a path; return their IDs by the beginning of their addresses, longest first."""
    rows = [{"phoneNumber": f"+1202555{number:04}"} for number in range(300, 320)]
    batch = post("/api/invitations/whatsapp/bulk/", {"message": "Hello", "rows": rows})
    invitation = post("/api/invitations/whatsapp/", {"phoneNumber": "+12025550199", "message": "Hello"})
    message = post("/api/messages/whatsapp/", {"phoneNumber": "+12025550198", "type": "text", "text": "Hello"})
    return {
        "/api/invitations/batches/": batch.json()["batchId"],
        "/api/invitations/": invitation.json()["invitationId"],
        "/api/messages/": message.json()["id"],
    }
