"""The API for messages: take in, hand on, give back."""

from functools import partial
from typing import Any, cast

from django.db.models import QuerySet
from rest_framework.generics import RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from communications.api import sending
from communications.api.answers import MessageSentSerializer, MessageSerializer
from communications.api.base import API
from communications.api.errors import MessageNotSent
from communications.api.kinds import body_of
from communications.api.once import SendsOnce
from communications.api.permissions import MaySendMessages
from communications.api.scopes import Scope
from communications.api.throttling import MessageThrottle
from communications.errors import WhatsAppError
from communications.models import IdempotencyKey, Message, Status


class WhatsAppMessageView(SendsOnce):
    """`POST /api/messages/whatsapp/`"""

    name = "WhatsApp message"
    required_scope = Scope.MESSAGES
    permission_classes = (*API.permission_classes, MaySendMessages)
    throttle_classes = (MessageThrottle,)

    def post(self, request: Request) -> Response:
        return self.send_once(request, partial(self._send, request))

    def _send(self, request: Request, reservation: IdempotencyKey | None) -> Response:
        # Read under its key: a repetition gets its answer even after the time that it asked for.
        body = body_of(cast("dict[str, Any]", request.data))
        message = sending.send(
            body.prepare,
            requested_by=request.user,
            due_at=body.validated_data.get("due_at"),
            expires_at=body.validated_data.get("expires_at"),
            reservation=reservation,
        )
        return self.answer_for(message)

    def answer_for(self, message: Message) -> Response:
        status = 202 if message.status == Status.QUEUED else 200
        return Response(MessageSentSerializer(message).data, status=status)

    def not_sent(self, message: Message, failure: WhatsAppError) -> MessageNotSent:
        return MessageNotSent(message, failure)


class MessageDetailView(API, RetrieveAPIView[Message]):
    """`GET /api/messages/{id}/`: one message with its timeline; users see what they asked for, staff see all."""

    name = "Message"
    required_scope = Scope.MESSAGES
    serializer_class = MessageSerializer

    def get_queryset(self) -> QuerySet[Message]:
        user: Any = self.request.user
        return Message.objects.all() if user.is_staff else Message.objects.filter(requested_by=user)
