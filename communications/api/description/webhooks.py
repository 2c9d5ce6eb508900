"""What is said of Meta's door, which is no view of REST framework's."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from communications.api.description.schemas import Schema, by_name, text
from communications.webhooks.screening import BODY_LIMIT, SIGNATURE_HEADER

_TAG = "Webhooks"
_TEXT = "text/plain"

_UPDATE: dict[str, Any] = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "1513500473389693",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "676188225586230"},
                        "statuses": [
                            {
                                "id": "wamid.HBgLMTM4NTUwMDc3MTYVAgARGBI3N0YxQjQ5RjE0",
                                "status": "delivered",
                                "timestamp": "1795348801",
                                "recipient_id": "13855007716",
                            }
                        ],
                    },
                }
            ],
        }
    ],
}


class SignedByMeta(BaseAuthentication):
    """The signature over the raw bytes; only described here."""


class MetaSignature(OpenApiAuthenticationExtension):
    target_class = SignedByMeta
    name = "metaSignature"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        return {
            "type": "apiKey",
            "in": "header",
            "name": SIGNATURE_HEADER,
            "description": "`sha256=` and the HMAC of the raw body with an app secret of ours, in hexadecimal.",
        }


def _query(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string"}, OpenApiParameter.QUERY, required=True, description=description)


def _empty(description: str) -> OpenApiResponse:
    return OpenApiResponse(text(maxLength=0), description=description)


_HANDSHAKE = extend_schema(
    operation_id="answerHandshake",
    summary="Answer Meta's handshake",
    description="Asked by Meta once, when the address is entered there.",
    tags=[_TAG],
    auth=[{}],  # type: ignore[list-item]  # nobody signs in
    request=None,
    parameters=[
        _query("hub.mode", "`subscribe`."),
        _query("hub.verify_token", "`WHATSAPP_WEBHOOK_VERIFY_TOKEN`."),
        _query("hub.challenge", "Given back as it is."),
    ],
    responses={
        (200, _TEXT): OpenApiResponse(
            text(), description="The challenge.", examples=[OpenApiExample("Challenge", "1158201444")]
        ),
        (403, _TEXT): _empty("The verify token is not ours, or none is set."),
    },
)
_RETRY_AFTER = OpenApiParameter(
    "Retry-After",
    {"type": "integer"},
    OpenApiParameter.HEADER,
    description="Seconds to wait.",
    response=["503"],
)
_TAKE = extend_schema(
    operation_id="takeWebhook",
    summary="Take an update of Meta's",
    description=(
        "Kept byte for byte, and answered once it is kept; what it says of messages follows. A body that is no JSON is "
        "kept too, if it is signed."
    ),
    tags=[_TAG],
    request={"application/json": by_name({}, "As Meta describes it.")},
    parameters=[_RETRY_AFTER],
    examples=[OpenApiExample("A message was delivered", _UPDATE, request_only=True)],
    responses={
        (200, _TEXT): _empty("It is kept."),
        (401, _TEXT): _empty("There is no signature."),
        (403, _TEXT): _empty("The signature is not Meta's."),
        (411, _TEXT): _empty("The request does not say how long it is."),
        (413, _TEXT): _empty(f"It is larger than {BODY_LIMIT // 1024**2} MB."),
        (503, _TEXT): _empty("The database does not answer: Meta sends it again."),
    },
)


@extend_schema_view(get=_HANDSHAKE, post=_TAKE)
class WebhookDoor(APIView):
    """Stands for `WebhookView`, only to be described."""

    authentication_classes = (SignedByMeta,)
    permission_classes = (AllowAny,)

    def get(self) -> None:
        raise NotImplementedError

    def post(self) -> None:
        raise NotImplementedError
