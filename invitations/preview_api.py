"""`POST /api/invitations/whatsapp/preview/`: what an invitation would be, and whether it may be sent."""

from typing import Any, cast

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from communications.errors import InvalidMessage
from communications.template_reading import Reading
from invitations import exception_handler
from invitations.carriers import Reason
from invitations.country_names import COUNTRY_NAMES
from invitations.links import base_url_of
from invitations.previews import Preview, preview
from invitations.serializers import InvitationCreateSerializer
from invitations.throttling import InvitationThrottle
from invitations.views import InvitationAPI

_WHY = {
    Reason.WINDOW_OPEN: "This person wrote in the last 24 hours, so your own words go out as they are.",
    Reason.WINDOW_CLOSED: "This person has not written in the last 24 hours, so WhatsApp takes only a template.",
    Reason.NO_TEMPLATE: "No invitation template is set, so your own words go out whatever the 24-hour window.",
}


class PreviewThrottle(InvitationThrottle):
    """Looked at as one writes, so more often than anything is sent; counted apart."""

    scope = "invitation_preview"

    def get_rate(self) -> str:
        return "120/min"


class PreviewSerializer(serializers.Serializer[Preview]):
    def to_representation(self, seen: Preview) -> dict[str, Any]:
        way, number = seen.way, seen.number
        return {
            "success": True,
            "maySend": seen.refusal is None,
            "refusal": _refusal(seen),
            "phoneNumber": number.e164,
            "formattedNumber": number.international,
            "country": {"code": number.country, "name": COUNTRY_NAMES.get(number.country, "")},
            "type": "template" if way.template else "text",
            "reason": way.reason.value,
            "explanation": _WHY[way.reason],
            "template": way.template.name if way.template else None,
            "language": way.language or None,
            "category": seen.category or None,
            "message": told_reading(seen.reading) if seen.reading else None,
            "roomForWords": seen.room,
            "consentStated": seen.is_consent_stated,
            "quota": {"limit": seen.quota.limit, "left": seen.quota.left},
            "warnings": [{"code": each.code, "message": each.message} for each in seen.cautions],
        }


class WhatsAppPreviewView(InvitationAPI):
    """Takes the body of the invitation and refuses it where it is wrong itself; writes and sends nothing."""

    name = "WhatsApp invitation preview"
    throttle_classes = (PreviewThrottle,)

    def post(self, request: Request) -> Response:
        serializer = InvitationCreateSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        seen = preview(inviter=request.user, base_url=base_url_of(request), **serializer.validated_data)
        if isinstance(seen.refusal, InvalidMessage):
            raise seen.refusal
        return Response(PreviewSerializer(seen).data)


def told_reading(reading: Reading) -> dict[str, Any]:
    """What stands on the phone."""
    return {
        "header": reading.header,
        "body": reading.body,
        "footer": reading.footer,
        "buttons": [{"type": each.kind, "text": each.text, "url": each.url or None} for each in reading.buttons],
    }


def _refusal(seen: Preview) -> dict[str, Any] | None:
    """The body with which sending would be answered."""
    if seen.refusal is None:
        return None
    return dict(cast("Response", exception_handler.handle(seen.refusal, {})).data)
