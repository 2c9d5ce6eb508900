"""`POST /api/invitations/{id}/resend/` and `/revoke/`: an invitation sent once more, and taken back."""

from functools import partial

from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from communications.models import IdempotencyKey
from invitations import life, resending
from invitations.errors import InvitationClosed
from invitations.models import Invitation
from invitations.serializers import InvitationSentSerializer
from invitations.views import InvitationAPI, WhatsAppInvitationView


class ResendView(WhatsAppInvitationView):
    """Within the rules of a first invitation, and under its ID; answered as that is."""

    name = "Resend an invitation"

    def post(self, request: Request, pk: str) -> Response:  # type: ignore[override]
        return self.send_once(request, partial(self._resend, _found(request, pk)))

    def _resend(self, invitation: Invitation, reservation: IdempotencyKey | None) -> Response:
        return Response(InvitationSentSerializer(resending.resend(invitation, reservation=reservation)).data)


class RevokeView(InvitationAPI):
    """Repeating it changes nothing; what was answered or has expired stays so."""

    name = "Revoke an invitation"

    def post(self, request: Request, pk: str) -> Response:
        invitation = _found(request, pk)
        if not life.revoke(invitation):
            invitation = _found(request, pk)
            if invitation.state != Invitation.State.REVOKED:
                raise InvitationClosed(invitation)
        return Response({"success": True, "invitationId": str(invitation.pk), "state": invitation.state})


def _found(request: Request, pk: str) -> Invitation:
    return get_object_or_404(Invitation.objects.visible_to(request.user).with_status(), pk=pk)
