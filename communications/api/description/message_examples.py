"""One request for each type of message, as docs/api.md shows them; all of them are taken."""

from typing import Any

_TO = "+13855007716"

_CONTENT: dict[str, dict[str, Any]] = {
    "template": {
        "template": "appointment_reminder",
        "fields": {
            "with_whom": "Dr. Silva",
            "date": {"date": "2027-03-03"},
            "time": {"time": "10:30"},
            "location": "12 Main Street",
        },
    },
    "text": {"text": "Your parcel is at the door."},
    "image": {"link": "https://cdn.example.com/map.png", "caption": "The way to us"},
    "video": {"link": "https://cdn.example.com/tour.mp4"},
    "audio": {"link": "https://cdn.example.com/greeting.ogg"},
    "document": {
        "link": "https://cdn.example.com/1024.pdf",
        "filename": "Invoice 1024.pdf",
        "caption": "Your invoice",
    },
    "sticker": {"link": "https://cdn.example.com/thanks.webp"},
    "buttons": {
        "header": "Appointment",
        "body": "Will you come tomorrow at 9?",
        "footer": "Dott",
        "buttons": [{"id": "yes-42", "title": "Yes"}, {"id": "no-42", "title": "No"}],
    },
    "list": {
        "body": "When may we call?",
        "button": "Times",
        "sections": [
            {
                "title": "Monday",
                "rows": [
                    {"id": "mon-9", "title": "9:00", "description": "by Ann"},
                    {"id": "mon-10", "title": "10:00"},
                ],
            },
            {"title": "Tuesday", "rows": [{"id": "tue-9", "title": "9:00"}]},
        ],
    },
    "link": {
        "body": "Your invoice is ready.",
        "label": "View and pay",
        "url": "https://pay.example.com/inv-1024",
    },
    "location_request": {"body": "Where shall we pick it up?"},
    "contact_request": {"body": "May we have your number?"},
    "location": {"latitude": 40.2338, "longitude": -111.6585, "name": "Dott", "address": "12 Main Street"},
    "contacts": {
        "contacts": [
            {
                "name": "Amina Diallo",
                "company": "Dott",
                "phones": [{"number": "+13855007716", "waId": "13855007716"}],
                "emails": ["amina@example.com"],
                "urls": ["https://dott.example"],
            }
        ]
    },
    "reaction": {"messageId": "wamid.HBgLMTM4NTUwMDc3MTYVAgASGBQzQUI", "emoji": "👍"},
}
REQUESTS: dict[str, dict[str, Any]] = {
    kind: {"phoneNumber": _TO, "type": kind, **content} for kind, content in _CONTENT.items()
}

_ID = "01a203b0-5a1c-7b3e-8f00-3a5d2c9e4b11"
_WAMID = "wamid.HBgLMTM4NTUwMDc3MTYVAgARGBI3N0YxQjQ5RjE0"

SENT: dict[str, Any] = {
    "success": True,
    "message": "WhatsApp message sent successfully",
    "messageId": _WAMID,
    "id": _ID,
    "status": "accepted",
}
QUEUED: dict[str, Any] = {
    "success": True,
    "message": "WhatsApp message queued",
    "messageId": None,
    "id": _ID,
    "status": "queued",
}
MESSAGE: dict[str, Any] = {
    "id": _ID,
    "phoneNumber": _TO,
    "type": "location",
    "text": "Dott, 12 Main Street",
    "status": "sent",
    "messageId": _WAMID,
    "createdAt": "2026-11-22T12:00:00Z",
    "sendAt": "2026-11-24T08:00:00Z",
    "expiresAt": None,
    "failure": None,
    "timeline": [
        {"status": "accepted", "at": "2026-11-24T08:00:00.301000Z"},
        {"status": "sent", "at": "2026-11-24T08:00:01Z"},
    ],
}
