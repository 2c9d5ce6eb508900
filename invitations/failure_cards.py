"""What a page tells of a failure: what happened, whose move it is, and the button that does it.

None says "unknown error": what Meta does not explain is told as such, with what support needs to find it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from communications.errors import (
    Cancelled,
    Congested,
    DailyLimitReached,
    DeliveryUnconfirmed,
    IdempotencyConflict,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    InvalidMessage,
    InvalidPhoneNumber,
    NotConfigured,
    NotSentInTime,
    PausedByPerson,
    RecipientOptedOut,
    SendFailed,
    ServiceUnavailable,
    TemplateUnavailable,
    TooManyRequests,
    WhatsAppError,
)
from communications.meta_codes import Action, MetaCode, Move, explain
from communications.said import said
from invitations.errors import InvitationClosed, NoReminder, QuotaReached, RecentlyInvited
from invitations.failures import advice_for


class Remedy(Enum):
    """The button of a card; the template knows its words and where it leads."""

    CORRECT_NUMBER = "correct_number"
    CHANGE_WORDS = "change_words"
    SEND_AGAIN = "send_again"
    INVITE_ANEW = "invite_anew"
    WAIT = "wait"
    RENEW_TOKEN = "renew_token"  # noqa: S105
    SYNC_TEMPLATES = "sync_templates"
    SEE_HEALTH = "see_health"
    SEND_BY_HAND = "send_by_hand"
    WATCH = "watch"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Card:
    """`what` happened and what to do, whose `move` it is, and the `remedy`; `again_at` is when waiting ends.

    `support_id` is what Dott's support needs to find it at Meta.
    """

    error: str
    what: str
    move: str
    remedy: Remedy
    again_at: datetime | None = None
    support_id: str = ""


# Where the code alone says what helps. The others go by whose move it is.
_REMEDY_OF_CODE = {
    **dict.fromkeys((131021, 131026, 131062), Remedy.CORRECT_NUMBER),
    **dict.fromkeys((131052, 131053, 132005), Remedy.CHANGE_WORDS),
    **dict.fromkeys((0, 190), Remedy.RENEW_TOKEN),
    **dict.fromkeys(
        (131047, 132000, 132001, 132007, 132008, 132012, 132015, 132016, 132018, 132068), Remedy.SYNC_TEMPLATES
    ),
}
_REMEDY_OF_ACTION = {
    Action.RETRY: Remedy.SEND_AGAIN,
    Action.SETTLE: Remedy.WATCH,
    Action.WAIT: Remedy.WAIT,
    Action.PAUSE: Remedy.SEE_HEALTH,
    Action.STOP_CAMPAIGN: Remedy.SEE_HEALTH,
    Action.SET_UP: Remedy.SEE_HEALTH,
}
_FOR_STAFF = {Remedy.RENEW_TOKEN, Remedy.SYNC_TEMPLATES, Remedy.SEE_HEALTH}

# What is refused or settled here, before or beside Meta; the narrowest kind counts.
_OURS: dict[type[WhatsAppError], tuple[Move, Remedy]] = {
    InvalidPhoneNumber: (Move.SENDER, Remedy.CORRECT_NUMBER),
    InvalidMessage: (Move.SENDER, Remedy.CHANGE_WORDS),
    InvalidIdempotencyKey: (Move.DEVELOPER, Remedy.NONE),
    IdempotencyKeyReused: (Move.DEVELOPER, Remedy.NONE),
    IdempotencyConflict: (Move.NOBODY, Remedy.WAIT),
    RecipientOptedOut: (Move.RECIPIENT, Remedy.NONE),
    RecentlyInvited: (Move.NOBODY, Remedy.WAIT),
    QuotaReached: (Move.NOBODY, Remedy.WAIT),
    TooManyRequests: (Move.NOBODY, Remedy.WAIT),
    InvitationClosed: (Move.SENDER, Remedy.INVITE_ANEW),
    NoReminder: (Move.RECIPIENT, Remedy.NONE),
    NotConfigured: (Move.OPERATOR, Remedy.RENEW_TOKEN),
    TemplateUnavailable: (Move.OPERATOR, Remedy.SYNC_TEMPLATES),
    Congested: (Move.NOBODY, Remedy.SEND_AGAIN),
    DailyLimitReached: (Move.NOBODY, Remedy.WAIT),
    PausedByPerson: (Move.OPERATOR, Remedy.SEE_HEALTH),
    ServiceUnavailable: (Move.NOBODY, Remedy.SEND_AGAIN),
    NotSentInTime: (Move.SENDER, Remedy.SEND_AGAIN),
    Cancelled: (Move.SENDER, Remedy.SEND_AGAIN),
    DeliveryUnconfirmed: (Move.NOBODY, Remedy.WATCH),
}


def card_of(failure: WhatsAppError, reader: Any, *, failed_at: datetime | None = None) -> Card:
    """Say what `reader` is to know and to do about a failure; `failed_at` is when it happened, now by default."""
    move, remedy = _move_and_remedy(failure)
    if remedy in _FOR_STAFF and not reader.is_staff:
        remedy = Remedy.SEND_BY_HAND
    return Card(
        error=said(failure.error),
        what=advice_for(reader, failure),
        move=_whose(move, reader),
        remedy=remedy,
        again_at=_again_at(failure, remedy, failed_at or timezone.now()),
        support_id=_support_id(failure),
    )


def _move_and_remedy(failure: WhatsAppError) -> tuple[Move, Remedy]:
    is_metas = failure.meta_code is not None or isinstance(failure, SendFailed)
    if is_metas and not isinstance(failure, DeliveryUnconfirmed):
        meaning = explain(failure.meta_code)
        return meaning.move, _remedy_at_meta(failure.meta_code, meaning)
    return next(_OURS[kind] for kind in type(failure).__mro__ if kind in _OURS)


def _remedy_at_meta(code: int | None, meaning: MetaCode) -> Remedy:
    if code in _REMEDY_OF_CODE:
        return _REMEDY_OF_CODE[code]
    if meaning.action in _REMEDY_OF_ACTION:
        return _REMEDY_OF_ACTION[meaning.action]
    # WhatsApp will not carry it: their own can.
    return Remedy.SEND_BY_HAND


def _whose(move: Move, reader: Any) -> str:
    if move is Move.OPERATOR and reader.is_staff:
        return _("Yours, as one of Dott's team")
    return {
        Move.SENDER: _("Yours"),
        Move.RECIPIENT: _("Theirs"),
        Move.OPERATOR: _("Dott's team's"),
        Move.DEVELOPER: _("Dott's developers'"),
        Move.NOBODY: _("Nobody's: it passes by itself"),
    }[move]


def _again_at(failure: WhatsAppError, remedy: Remedy, failed_at: datetime) -> datetime | None:
    if failure.retry_after:
        return timezone.now() + timedelta(seconds=failure.retry_after)
    # Meta names a day, and no hour.
    return failed_at + timedelta(hours=24) if remedy is Remedy.WAIT else None


def _support_id(failure: WhatsAppError) -> str:
    said = [_("Meta's code %d") % failure.meta_code if failure.meta_code is not None else "", failure.fbtrace_id]
    return ", ".join(filter(None, said))
