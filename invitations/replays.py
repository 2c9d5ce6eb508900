"""The answer to a request that was made before under the same Idempotency-Key."""

from rest_framework.response import Response

from communications import idempotency
from communications.errors import DeliveryUnconfirmed, ServiceUnavailable
from communications.models import IdempotencyKey, Message, Status
from invitations.errors import InvitationNotSent
from invitations.failures import failure_of
from invitations.models import Invitation
from invitations.serializers import InvitationSentSerializer


def replay(earlier: IdempotencyKey) -> Response:
    """Repeat an answer as it was; where it was "may have been sent", or was lost, say how that was settled since.

    Raises `InvitationNotSent` if it was settled as failed, or the answer was lost and nothing is settled.
    """
    message = earlier.message
    if message is None or _is_final(earlier, message):
        return Response(earlier.answer, status=earlier.answer_status)
    invitation = Invitation.objects.get(invitationmessage__message=message)
    invitation.newest_message = message
    failure = failure_of(message)
    if message.status == Status.SENDING:
        failure = DeliveryUnconfirmed("WhatsApp has not confirmed this message yet.")
    if isinstance(failure, ServiceUnavailable):
        # Certainly not sent: this answer releases the key, as it would have at first.
        idempotency.settle(earlier, 503, None)
    if failure:
        raise InvitationNotSent(invitation, failure)
    return Response(InvitationSentSerializer(invitation).data)


def _is_final(earlier: IdempotencyKey, message: Message) -> bool:
    is_unsettled = message.status in {Status.SENDING, Status.UNCONFIRMED}
    return earlier.answer_status in {200, 502} or (earlier.answer_status == 504 and is_unsettled)
