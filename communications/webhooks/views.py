"""`/api/webhooks/whatsapp/`: Meta's handshake, and the updates it posts. Store, then understand."""

import logging
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from communications.conf import works_in_request
from communications.request_bodies import declared_length
from communications.webhooks import processing, screening, storage

logger = logging.getLogger(__name__)


@method_decorator(csrf_exempt, name="dispatch")
class WebhookView(View):
    http_method_names = ["get", "post"]
    body_limit = screening.BODY_LIMIT

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer Meta's handshake with its challenge if it knows our verify token."""
        challenge = screening.handshake_challenge(request.GET)
        return _answer(403) if challenge is None else _answer(200, challenge)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep a signed body byte for byte and answer 200; process it first where no worker does."""
        if "Transfer-Encoding" in request.headers:
            # WSGI ends a body at its declared length; without one it looks empty.
            return _answer(411)
        if refused := screening.refuse_too_large(declared_length(request)):
            return _answer(refused)
        body = request.read()
        if refused := screening.refuse_unsigned(body, request.headers.get(screening.SIGNATURE_HEADER, "")):
            return _answer(refused)
        try:
            event = storage.keep(body)
        except (DatabaseError, InterfaceError) as error:
            logger.error("A webhook was not stored, answered 503: %s", storage.reason(error))
            return _answer(screening.put_off())
        if works_in_request():
            processing.process(event)
        return _answer(200)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = _answer(405)
        answer["Allow"] = "GET, POST"
        return answer


def _answer(status: int, text: str = "") -> HttpResponse:
    answer = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    if status == 503:
        answer["Retry-After"] = str(screening.RETRY_AFTER_SECONDS)
    return answer
