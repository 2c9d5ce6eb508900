"""What can go wrong between a caller and WhatsApp.

    WhatsAppError
    ├── InvalidPhoneNumber          the number was refused before anything else happened
    ├── InvalidMessage              the text or a template value cannot be sent as it is
    ├── RecipientOptedOut           the person does not want our messages
    ├── InvalidIdempotencyKey       the header cannot be used as a key
    ├── IdempotencyConflict         a request with this key is still running
    ├── IdempotencyKeyReused        this key was used for another request
    ├── TooManyRequests             the caller asks faster than a rate of ours allows
    ├── ServiceUnavailable          certainly not sent, and nobody's fault who is asking
    │   ├── NotConfigured           no access token or phone number ID
    │   ├── TemplateUnavailable     the message template is not approved now
    │   ├── ChannelPaused           Meta refused the whole channel, just now or before
    │   ├── PausedByPerson          somebody who runs Dott has paused the channel
    │   ├── Congested               more is waiting than may be sent within a few seconds
    │   ├── DailyLimitReached       Meta lets us write first to no more people today
    │   ├── MetaUnreachable         no connection to Meta; the request was never written
    │   └── RateLimited             still limited after a few seconds of retrying
    ├── SendFailed                  Meta refused this message
    ├── NotSentInTime               it waited in the queue until it was too late
    ├── Cancelled                   it waited in the queue until its campaign was cancelled
    └── DeliveryUnconfirmed         it may have been sent: never resend blindly

Every error carries what a caller shows: `error` (a sentence), `code` (a stable word), `detail` (what to do) and
`retryable` (whether the same request may work later). `graph/protocol.py` turns Meta's answers into these.
"""

import math
from datetime import UTC, datetime
from typing import Any, ClassVar

from communications.meta_codes import explain
from communications.sentences import Sentence, joined


class WhatsAppError(Exception):
    """Base of everything this app raises on purpose."""

    error: ClassVar[str]
    code: ClassVar[str]
    retryable: bool = False

    def __init__(self, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.meta_code: int | None = None
        self.meta_details = ""
        self.fbtrace_id = ""
        self.raw: dict[str, Any] = {}


class InvalidPhoneNumber(WhatsAppError):
    """The phone number cannot be used; `reason` is a stable word such as `no_country_code`."""

    error = "Invalid phone number"
    code = "invalid_phone_number"

    def __init__(self, detail: str, *, reason: str) -> None:
        super().__init__(detail)
        self.reason = reason


class InvalidMessage(WhatsAppError):
    error = "Invalid message"
    code = "invalid_request"


class RecipientOptedOut(WhatsAppError):
    error = "This person has asked not to receive WhatsApp messages"
    code = "recipient_opted_out"

    def __init__(self, *, marketing_only: bool = False) -> None:
        in_the_settings = Sentence(
            "Respect it and reach them by other means. Only they can lift it, in WhatsApp's settings for this chat."
        )
        by_a_word = Sentence(
            "Respect it and reach them by other means. Only they can lift it, by writing START if they wrote STOP."
        )
        super().__init__(in_the_settings if marketing_only else by_a_word)
        self.marketing_only = marketing_only


class InvalidIdempotencyKey(WhatsAppError):
    error = "Invalid Idempotency-Key"
    code = "invalid_request"

    def __init__(self) -> None:
        super().__init__(Sentence("The header Idempotency-Key takes 1 to 255 visible ASCII characters."))


class IdempotencyConflict(WhatsAppError):
    error = "A request with this Idempotency-Key is still running"
    code = "idempotency_conflict"
    retryable = True

    def __init__(self) -> None:
        super().__init__(Sentence("Repeat it in a second to get its answer."), retry_after=1)


class IdempotencyKeyReused(WhatsAppError):
    error = "This Idempotency-Key was used for another request"
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(Sentence("Use a new key for a new request, and the same key only to repeat one."))


class TooManyRequests(WhatsAppError):
    """The caller asks faster than a rate of ours allows."""

    error = "You are sending too fast"
    code = "too_many_requests"
    retryable = True

    def __init__(self, seconds: float | None) -> None:
        wait = max(1, math.ceil(seconds or 0))
        super().__init__(Sentence("Wait %(seconds)d seconds and send it again.", seconds=wait), retry_after=wait)


class ServiceUnavailable(WhatsAppError):
    """The message certainly did not leave."""

    error = "WhatsApp service is temporarily unavailable"
    code = "service_unavailable"
    retryable = True


class NotConfigured(ServiceUnavailable):
    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or Sentence("Set WHATSAPP_ACCESS_TOKEN and WHATSAPP_PHONE_NUMBER_ID in the backend."))


class TemplateUnavailable(ServiceUnavailable):
    """Meta does not let the message template be sent now: pending, paused, rejected or disabled."""


class MetaUnreachable(ServiceUnavailable):
    """No connection to Meta could be made, so nothing was written to it."""


class Congested(ServiceUnavailable):
    """More is waiting, for this number or for this person, than Meta takes within a few seconds."""


class DailyLimitReached(ServiceUnavailable):
    """Meta lets this account write first to so many people in 24 hours, and that is used up."""

    def __init__(self, goes_on_at: datetime | None) -> None:
        seconds = (goes_on_at - datetime.now(UTC)).total_seconds() if goes_on_at else None
        super().__init__(
            Sentence(
                "WhatsApp limits how many new people may be written to in 24 hours, and that is used up for now. Try "
                "again later; people who wrote in the last 24 hours can still be reached."
            ),
            retry_after=None if seconds is None else max(1.0, seconds),
        )


class MetaError(WhatsAppError):
    """Meta answered with an error: its code, details and trace ID are kept."""

    def __init__(
        self,
        *,
        meta_code: int | None,
        meta_details: str = "",
        fbtrace_id: str = "",
        raw: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        meaning = explain(meta_code)
        super().__init__(joined(meaning.meaning, meaning.advice), retry_after=retry_after)
        self.meta_code = meta_code
        self.meta_details = meta_details
        self.fbtrace_id = fbtrace_id
        self.raw = raw or {}


class ChannelPaused(MetaError, ServiceUnavailable):
    """Meta refused the channel as a whole: nothing more is sent until a person acts."""


class PausedByPerson(ServiceUnavailable):
    """Somebody who runs this software has stopped all sending."""

    def __init__(self) -> None:
        super().__init__(Sentence("Dott's team has paused sending. Try again later; whoever paused it can resume it."))


class RateLimited(MetaError, ServiceUnavailable):
    """Meta is limiting us; the message certainly did not leave."""


class SendFailed(MetaError):
    """Meta refused this message."""

    error = "Failed to send WhatsApp message"
    code = "send_failed"


class DeliveryUnconfirmed(WhatsAppError):
    """Nobody knows whether the message left: a delivery status, or a person, will tell."""

    error = "WhatsApp did not confirm the message"
    code = "delivery_unconfirmed"

    def __init__(self, reason: str) -> None:
        wait = Sentence("It may have been sent. Wait for the delivery status and do not send it again blindly.")
        super().__init__(joined(reason, wait))


class NotSentInTime(WhatsAppError):
    """A message that waited in the queue until it was too late for it."""

    error = "The message was not sent in time"
    code = "not_sent_in_time"

    def __init__(self) -> None:
        super().__init__(Sentence("It could not be sent before it was too late. Send it again if it still matters."))


class Cancelled(WhatsAppError):
    """A message that waited in the queue until somebody cancelled its campaign."""

    error = "The message was cancelled before it was sent"
    code = "cancelled"

    def __init__(self) -> None:
        super().__init__(Sentence("Nothing was sent. Send it anew if it is wanted after all."))
