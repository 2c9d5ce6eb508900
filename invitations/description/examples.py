"""Requests and answers of the API for invitations and lists, as docs/api.md and docs/bulk.md show them."""

from typing import Any

_PHONE = "+13855007716"
_INVITATION_ID = "01a20308-7c4e-7a11-9b52-6f0d1c2e3a4b"
_BATCH_ID = "01a20308-9d2f-7c33-8a61-2b7e4f5a6c8d"
_WAMID = "wamid.HBgLMTM4NTUwMDc3MTYVAgARGBI3N0YxQjQ5RjE0"

INVITATION_REQUEST: dict[str, Any] = {
    "phoneNumber": _PHONE,
    "message": "Join me on Dott!",
    "senderName": "John Doe",
    "senderEmail": "john@example.com",
    "consent": True,
}
SENT: dict[str, Any] = {
    "success": True,
    "message": "WhatsApp invitation sent successfully",
    "messageId": _WAMID,
    "invitationId": _INVITATION_ID,
    "status": "accepted",
}
INVITATION: dict[str, Any] = {
    "invitationId": _INVITATION_ID,
    "phoneNumber": _PHONE,
    "senderName": "John Doe",
    "message": "Join me on Dott!",
    "status": "read",
    "messageId": _WAMID,
    "createdAt": "2026-11-22T12:00:00Z",
    "state": "open",
    "failure": None,
}
WITH_TIMELINE: dict[str, Any] = {
    **INVITATION,
    "timeline": [
        {"status": "accepted", "at": "2026-11-22T12:00:00.301000Z"},
        {"status": "sent", "at": "2026-11-22T12:00:01Z"},
    ],
}
REVOKED: dict[str, Any] = {"success": True, "invitationId": _INVITATION_ID, "state": "revoked"}
PREVIEW: dict[str, Any] = {
    "success": True,
    "maySend": True,
    "refusal": None,
    "phoneNumber": "+34612345678",
    "formattedNumber": "+34 612 34 56 78",
    "country": {"code": "ES", "name": "Spain"},
    "type": "template",
    "reason": "window_closed",
    "explanation": "This person has not written in the last 24 hours, so WhatsApp takes only a template.",
    "template": "business_invitation",
    "language": "es",
    "category": "MARKETING",
    "message": {
        "header": "",
        "body": "¡Hola! John Doe le invita a trabajar en equipo en Dott:\n\nTrabajemos juntos en Dott.",
        "footer": "Responda BAJA para no recibir más mensajes.",
        "buttons": [
            {"type": "url", "text": "Ver la invitación", "url": "https://app.example.com/i/the-link-made-for-them"}
        ],
    },
    "roomForWords": 930,
    "consentStated": False,
    "quota": {"limit": 200, "left": 199},
    "warnings": [
        {"code": "no_consent_statement", "message": "Nobody has stated that this person agreed to be contacted."}
    ],
}
LIST_REQUEST: dict[str, Any] = {
    "name": "Spring fair",
    "message": "Join me on Dott!",
    "senderName": "John Doe",
    "includeLink": True,
    "consent": True,
    "rows": [
        {"phoneNumber": "+12025550100", "recipientName": "Maria", "companyName": "Maria's Bakery"},
        {"phoneNumber": "+34612345678", "message": "Hola, José: ¿trabajamos juntos en Dott?"},
    ],
}
LIST_FORM: dict[str, Any] = {
    "name": "Spring fair",
    "message": "Join me on Dott!",
    "file": "phone,name,company\n+12025550100,Maria,Maria's Bakery\n+34612345678,José,\n",
}
_API = f"https://app.example.com/api/invitations/batches/{_BATCH_ID}/"
BATCH: dict[str, Any] = {
    "batchId": _BATCH_ID,
    "name": "Spring fair",
    "state": "judging",
    "rows": 2,
    "judged": 0,
    "people": 0,
    "verdicts": {},
    "createdAt": "2026-11-22T12:00:00Z",
    "startedAt": None,
    "finishedAt": None,
    "url": _API,
    "reportUrl": f"{_API}report/",
    "pageUrl": f"https://app.example.com/dashboard/batches/{_BATCH_ID}/",
}
RUNNING: dict[str, Any] = {
    **BATCH,
    "state": "running",
    "judged": 2,
    "people": 2,
    "verdicts": {"valid": 2},
    "startedAt": "2026-11-22T12:05:00Z",
    "statuses": {"waiting": 1, "accepted": 1},
    "progress": {
        "done": 1,
        "of": 2,
        "percent": 50.0,
        "messagesPerSecond": 80.0,
        "isMeasured": False,
        "secondsLeft": 0,
        "finishesAt": "2026-11-22T12:05:01Z",
        "dailyLimit": {"people": 250, "left": 249, "goesOnAt": None},
    },
    "cautions": [],
    "preview": [],
}
