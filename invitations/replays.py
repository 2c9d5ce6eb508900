"""The answer to a request that was made before under the same Idempotency-Key."""

from rest_framework.response import Response

from communications.errors import DeliveryUnconfirmed, SendFailed
from communications.models import IdempotencyKey, Status
from invitations.errors import InvitationNotSent
from invitations.models import Invitation
from invitations.serializers import InvitationSentSerializer


def replay(earlier: IdempotencyKey) -> Response:
    """Repeat a final answer as it was; where it was "may have been sent", say how that was settled since.

    Raises `InvitationNotSent` if it was settled as failed, or not at all.
    """
    if earlier.answer_status in {200, 502}:
        return Response(earlier.answer, status=earlier.answer_status)
    message = earlier.message
    if message is None:
        return Response(earlier.answer, status=earlier.answer_status)
    invitation = Invitation.objects.get(invitationmessage__message=message)
    invitation.newest_message = message
    if message.status == Status.FAILED:
        failure = SendFailed(meta_code=message.meta_code, fbtrace_id=message.fbtrace_id)
        raise InvitationNotSent(invitation, failure)
    if message.status in {Status.SENDING, Status.UNCONFIRMED}:
        raise InvitationNotSent(invitation, DeliveryUnconfirmed("WhatsApp has not confirmed this message yet."))
    return Response(InvitationSentSerializer(invitation).data)
