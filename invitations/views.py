"""The invitation API: take in, hand on, give back."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from communications import idempotency
from communications.models import IdempotencyKey
from invitations import exception_handler, services
from invitations.authentication import BearerAuthentication, SameSiteSessionAuthentication
from invitations.links import base_url_of
from invitations.models import Invitation, InvitationQuerySet
from invitations.parsers import JSONObjectParser, require_readable_body
from invitations.replays import replay
from invitations.serializers import (
    InvitationCreateSerializer,
    InvitationDetailSerializer,
    InvitationSentSerializer,
    InvitationSerializer,
)
from invitations.throttling import InvitationThrottle

logger = logging.getLogger(__name__)


class InvitationAPI(APIView):
    """Carries its own rules, so that it behaves the same inside another project."""

    authentication_classes = (BearerAuthentication, SameSiteSessionAuthentication)
    permission_classes = (IsAuthenticated,)
    parser_classes = (JSONObjectParser,)
    renderer_classes = (JSONRenderer,)
    throttle_classes: Any = ()

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return exception_handler.handle

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        require_readable_body(request)
        super().initial(request, *args, **kwargs)


class WhatsAppInvitationView(InvitationAPI):
    """`POST /api/invitations/whatsapp/`"""

    name = "WhatsApp invitation"
    throttle_classes = (InvitationThrottle,)

    def post(self, request: Request) -> Response:
        serializer = InvitationCreateSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return self._send(request, serializer.validated_data, None)
        reservation = idempotency.reserve(request.user, key, [request.path.rstrip("/"), request.data])
        if reservation.message_id or reservation.answer_status:
            return replay(reservation)
        return self._send_once(request, serializer.validated_data, reservation)

    def _send(self, request: Request, data: dict[str, Any], reservation: IdempotencyKey | None) -> Response:
        invitation = services.send_invitation(
            inviter=request.user, source="api", base_url=base_url_of(request), reservation=reservation, **data
        )
        return Response(InvitationSentSerializer(invitation).data)

    def _send_once(self, request: Request, data: dict[str, Any], reservation: IdempotencyKey) -> Response:
        try:
            response = self._send(request, data, reservation)
        except Exception as exc:  # noqa: BLE001 (handle_exception raises again what it does not know)
            response = self.handle_exception(exc)
        try:
            idempotency.settle(reservation, response.status_code, response.data)
        except (DatabaseError, InterfaceError):
            # The answer is true all the same; the key names its message already.
            logger.exception("The answer to an Idempotency-Key could not be kept")
        return response


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


class InvitationListView(InvitationAPI, ListAPIView[Invitation]):
    """`GET /api/invitations/`: newest first, 50 a page; `next` and `previous` are the addresses of other pages."""

    name = "Invitations"
    serializer_class = InvitationSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> InvitationQuerySet:
        return Invitation.objects.visible_to(self.request.user).with_status()


class InvitationDetailView(InvitationAPI, RetrieveAPIView[Invitation]):
    """`GET /api/invitations/{id}/`: one invitation with its timeline."""

    name = "Invitation"
    serializer_class = InvitationDetailSerializer

    def get_queryset(self) -> InvitationQuerySet:
        return Invitation.objects.visible_to(self.request.user).with_status()
