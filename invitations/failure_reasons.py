"""Why messages failed, by the codes under which they are counted: in plain words, with what to do."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from communications.errors import (
    Cancelled,
    DeliveryUnconfirmed,
    NotSentInTime,
    RecipientOptedOut,
    SendFailed,
    ServiceUnavailable,
    WhatsAppError,
)
from communications.meta_codes import explain
from communications.said import said
from invitations.failures import advice_for

# How a message is counted that failed without saying why.
_WITHOUT_CODE = "unknown"


@dataclass(frozen=True)
class Reason:
    """`code` is Meta's number or our word."""

    code: int | str
    meaning: str
    advice: str
    messages: int


def reason_of(code: str, messages: int, reader: Any) -> Reason:
    """Explain a code to `reader`; one that nobody knows is named, never guessed at."""
    if code.isdecimal():
        return _reason(int(code), said(explain(int(code)).meaning), SendFailed(meta_code=int(code)), messages, reader)
    if code in {SendFailed.code, _WITHOUT_CODE}:
        return _reason(code, said(explain(None).meaning), SendFailed(meta_code=None), messages, reader)
    told = (NotSentInTime(), RecipientOptedOut(), Cancelled(), DeliveryUnconfirmed(""), _not_sent())
    ours = {failure.code: failure for failure in told}
    if code in ours:
        return _reason(code, said(ours[code].error), ours[code], messages, reader)
    return Reason(code, _("Failed for a reason that is not documented: {code}").format(code=code), "", messages)


def _not_sent() -> WhatsAppError:
    return ServiceUnavailable(_("Nothing was sent. Send it again."))


def _reason(code: int | str, meaning: str, failure: WhatsAppError, messages: int, reader: Any) -> Reason:
    """What to do does not say again what happened."""
    return Reason(code, meaning, advice_for(reader, failure).removeprefix(meaning).strip(), messages)
