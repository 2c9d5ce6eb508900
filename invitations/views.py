"""The invitation API: take in, hand on, give back."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from communications.api.base import API
from communications.api.once import SendsOnce
from communications.api.scopes import Scope
from communications.errors import WhatsAppError
from communications.models import ConsentRecord, IdempotencyKey, Message
from invitations import exception_handler, services
from invitations.errors import InvitationNotSent
from invitations.links import base_url_of
from invitations.models import Invitation, InvitationQuerySet
from invitations.serializers import (
    InvitationCreateSerializer,
    InvitationDetailSerializer,
    InvitationSentSerializer,
    InvitationSerializer,
)
from invitations.throttling import InvitationThrottle


class InvitationAPI(API):
    required_scope = Scope.INVITATIONS

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return exception_handler.handle


class WhatsAppInvitationView(InvitationAPI, SendsOnce):
    """`POST /api/invitations/whatsapp/`"""

    name = "WhatsApp invitation"
    throttle_classes = (InvitationThrottle,)

    def post(self, request: Request) -> Response:
        serializer = InvitationCreateSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        return self.send_once(request, partial(self._send, request, serializer.validated_data))

    def _send(self, request: Request, data: dict[str, Any], reservation: IdempotencyKey | None) -> Response:
        invitation = services.send_invitation(
            inviter=request.user,
            source=ConsentRecord.Source.API,
            base_url=base_url_of(request),
            reservation=reservation,
            **data,
        )
        return Response(InvitationSentSerializer(invitation).data)

    def answer_for(self, message: Message) -> Response:
        return Response(InvitationSentSerializer(_invitation_of(message)).data)

    def not_sent(self, message: Message, failure: WhatsAppError) -> InvitationNotSent:
        return InvitationNotSent(_invitation_of(message), failure)


def _invitation_of(message: Message) -> Invitation:
    """The invitation that the message carried, as it stood with it."""
    invitation = Invitation.objects.get(invitationmessage__message=message)
    invitation.newest_message = message
    return invitation


class NewestFirst(CursorPagination):
    ordering = "-id"
    page_size = 50

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super().decode_cursor(request)
        try:
            if cursor and cursor.position is not None:
                UUID(str(cursor.position))
        except ValueError as exc:
            raise NotFound from exc
        return cursor


class _VisibleInvitations(InvitationAPI):
    def get_queryset(self) -> InvitationQuerySet:
        return Invitation.objects.visible_to(self.request.user).with_status()


class InvitationListView(_VisibleInvitations, ListAPIView[Invitation]):
    """`GET /api/invitations/`: newest first, 50 a page; `next` and `previous` are the addresses of other pages."""

    name = "Invitations"
    serializer_class = InvitationSerializer
    pagination_class = NewestFirst


class InvitationDetailView(_VisibleInvitations, RetrieveAPIView[Invitation]):
    """`GET /api/invitations/{id}/`: one invitation with its timeline."""

    name = "Invitation"
    serializer_class = InvitationDetailSerializer
