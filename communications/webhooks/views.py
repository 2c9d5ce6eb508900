"""`/api/webhooks/whatsapp/`: Meta's handshake, and the updates it posts. Store, then understand."""

import hmac
import logging

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from communications.conf import setting
from communications.models import WebhookEvent
from communications.webhooks import doorbell, processing
from communications.webhooks.signature import is_signed_by_meta

logger = logging.getLogger(__name__)

# Meta posts up to 3 MB at once.
BODY_LIMIT = 4 * 1024 * 1024


@method_decorator(csrf_exempt, name="dispatch")
class WebhookView(View):
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer Meta's handshake with its challenge if it knows our verify token."""
        expected = setting("WHATSAPP_WEBHOOK_VERIFY_TOKEN")
        given = request.GET.get("hub.verify_token", "")
        known = bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
        if request.GET.get("hub.mode") != "subscribe" or not known:
            logger.warning("Webhook handshake refused: the verify token is not ours")
            return HttpResponse(status=403)
        return HttpResponse(request.GET.get("hub.challenge", ""), content_type="text/plain")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep a signed body byte for byte, answer 200, and move what it is about."""
        if _declared_length(request) > BODY_LIMIT:
            return HttpResponse(status=413)
        signature = request.headers.get("X-Hub-Signature-256", "")
        body = request.read()
        if not is_signed_by_meta(body, signature, setting("WHATSAPP_APP_SECRET")):
            logger.warning("Webhook refused: %s", "wrong signature" if signature else "no signature")
            return HttpResponse(status=403 if signature else 401)
        with transaction.atomic():
            event = WebhookEvent.objects.create(body=body)
            doorbell.ring()
        processing.process(event)
        return HttpResponse(status=200)


def _declared_length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
