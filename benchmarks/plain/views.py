from typing import Any

import requests
from django.conf import settings
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.plain.models import PlainMessage
from communications.api.authentication import BearerAuthentication


class PlainView(APIView):
    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsAuthenticated,)

    def post(self, request: Request) -> Response:
        body: Any = request.data
        to_number, text = body["phoneNumber"], body["message"]
        PlainMessage._default_manager.create(sender=request.user, to_number=to_number, text=text)
        answer = requests.post(
            f"{settings.WHATSAPP_GRAPH_API_URL}/{settings.WHATSAPP_API_VERSION}"
            f"/{settings.WHATSAPP_PHONE_NUMBER_ID}/messages",
            json={
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                "to": to_number,
                "type": "text",
                "text": {"body": text},
            },
            headers={"Authorization": f"Bearer {settings.WHATSAPP_ACCESS_TOKEN}"},
            timeout=10,
        )
        answer.raise_for_status()
        return Response({"success": True, "messageId": answer.json()["messages"][0]["id"]})
