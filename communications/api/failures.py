"""Why a message did not get through, read from its row."""

from collections.abc import Callable

from communications.errors import (
    Cancelled,
    DeliveryUnconfirmed,
    NotSentInTime,
    RecipientOptedOut,
    SendFailed,
    ServiceUnavailable,
    WhatsAppError,
)
from communications.models import Message, Status


def failure_of(message: Message) -> WhatsAppError | None:
    """The error that was raised for this message, from what the row kept of it; None where nothing is wrong."""
    if message.status not in {Status.FAILED, Status.UNCONFIRMED}:
        return None
    failure = _error_of(message)
    failure.meta_code, failure.fbtrace_id = message.meta_code, message.fbtrace_id
    return failure


# What ends a message in the queue before Meta is asked.
_WITHOUT_META: dict[str, Callable[[], WhatsAppError]] = {
    NotSentInTime.code: NotSentInTime,
    RecipientOptedOut.code: RecipientOptedOut,
    Cancelled.code: Cancelled,
}


def _error_of(message: Message) -> WhatsAppError:
    if message.status == Status.UNCONFIRMED:
        unconfirmed = DeliveryUnconfirmed("WhatsApp has not confirmed this message yet.")
        unconfirmed.detail = message.failure_detail or unconfirmed.detail
        return unconfirmed
    if message.failure_code in _WITHOUT_META:
        failure = _WITHOUT_META[message.failure_code]()
        failure.detail = message.failure_detail or failure.detail
        return failure
    if message.failure_code == ServiceUnavailable.code:
        return ServiceUnavailable(message.failure_detail)
    return SendFailed(meta_code=message.meta_code)
