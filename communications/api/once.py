"""A POST that sends a message, and happens once for each `Idempotency-Key` of a caller."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError
from rest_framework.request import Request
from rest_framework.response import Response

from communications import idempotency
from communications.api.base import API
from communications.api.failures import failure_of
from communications.errors import DeliveryUnconfirmed, ServiceUnavailable, WhatsAppError
from communications.models import IdempotencyKey, Message, Status

logger = logging.getLogger(__name__)

# Answers that nothing can change any more.
_FINAL = {200, 202, 502}


class SendsOnce(API, ABC):
    """The view says what it answers for a message that went out, and raises for one that did not."""

    @abstractmethod
    def answer_for(self, message: Message) -> Response: ...

    @abstractmethod
    def not_sent(self, message: Message, failure: WhatsAppError) -> Exception: ...

    def send_once(self, request: Request, send: Callable[[IdempotencyKey | None], Response]) -> Response:
        """Do `send`, which names its message with the reservation, unless the request was made before."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return send(None)
        reservation = idempotency.reserve(request.user, key, [request.path.rstrip("/"), request.data])
        if reservation.message_id or reservation.answer_status:
            return self._replay(reservation)
        try:
            response = send(reservation)
        except Exception as exc:  # noqa: BLE001 (handle_exception raises again what it does not know)
            response = self.handle_exception(exc)
        try:
            idempotency.settle(reservation, response.status_code, response.data)
        except (DatabaseError, InterfaceError):
            # The answer is true all the same; the key names its message already.
            logger.exception("The answer to an Idempotency-Key could not be kept")
        return response

    def _replay(self, earlier: IdempotencyKey) -> Response:
        """Repeat an answer as it was; where it was "may have been sent", or was lost, say how that was settled since.

        Raises what `not_sent` makes if it was settled as failed, or the answer was lost and nothing is settled.
        """
        message = earlier.message
        if message is None or _is_final(earlier, message):
            return Response(earlier.answer, status=earlier.answer_status)
        failure = failure_of(message)
        if message.status == Status.SENDING:
            failure = DeliveryUnconfirmed("WhatsApp has not confirmed this message yet.")
        if isinstance(failure, ServiceUnavailable):
            # Certainly not sent: this answer releases the key, as it would have at first.
            idempotency.settle(earlier, 503, None)
        if failure:
            raise self.not_sent(message, failure)
        return self.answer_for(message)


def _is_final(earlier: IdempotencyKey, message: Message) -> bool:
    is_unsettled = message.status in {Status.SENDING, Status.UNCONFIRMED}
    return earlier.answer_status in _FINAL or (earlier.answer_status == 504 and is_unsettled)
