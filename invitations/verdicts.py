"""May this number be invited, and how: what the form says while the number is being typed. Writes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from communications import forgotten
from communications.errors import InvalidPhoneNumber, WhatsAppError
from communications.models import Contact, ContactIdentity
from communications.phone_numbers import PhoneNumber, parse
from communications.whatsapp_service import whatsapp_service
from invitations import carriers, services
from invitations.country_names import COUNTRY_NAMES
from invitations.errors import RecentlyInvited
from invitations.failures import advice_for
from invitations.models import Invitation

_UNFINISHED = {"missing", "too_short"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to show about a number: `how` it will be sent, or the `problem` and what to do about it.

    `headline` is "+1 202-555-0100 · United States" once the number is one. `earlier` is the inviter's own invitation
    of this person, where that is the problem.
    """

    ok: bool = False
    is_unfinished: bool = False
    headline: str = ""
    how: str = ""
    problem: str = ""
    advice: str = ""
    again_at: datetime | None = None
    earlier: Invitation | None = None


def judge(inviter: Any, raw: str) -> Verdict:
    """Say whether `inviter` may invite the person with this number now."""
    try:
        number = parse(raw)
    except InvalidPhoneNumber as refusal:
        return _unreadable(raw, refusal)
    try:
        person = Contact.objects.with_phone(number.e164)
        if person is None:
            forgotten.require_no_wish((ContactIdentity.Kind.PHONE, number.e164))
        services.require_invitable(inviter, person)
        whatsapp_service.require_ready()
    except WhatsAppError as refusal:
        return _refused(inviter, number, refusal)
    return Verdict(ok=True, headline=_headline(number), how=_how(person))


def _unreadable(raw: str, refusal: InvalidPhoneNumber) -> Verdict:
    """A number that may still be in the middle of being typed is not called wrong yet."""
    is_unfinished = refusal.reason in _UNFINISHED or raw.strip() == "+"
    return Verdict(is_unfinished=is_unfinished, problem=refusal.error, advice=refusal.detail)


def _how(person: Contact | None) -> str:
    if carriers.template_for(person):
        return _("Will be sent as WhatsApp's approved invitation, with your words in it.")
    if person and person.window_is_open():
        return _("Will be sent as a WhatsApp text message.")
    return _("Will be sent as a WhatsApp text message; WhatsApp may only take it once they have written to Dott.")


def _refused(inviter: Any, number: PhoneNumber, refusal: WhatsAppError) -> Verdict:
    seconds = refusal.retry_after
    return Verdict(
        headline=_headline(number),
        problem=refusal.error,
        advice=advice_for(inviter, refusal),
        again_at=timezone.now() + timedelta(seconds=seconds) if seconds else None,
        earlier=refusal.invitation if isinstance(refusal, RecentlyInvited) else None,
    )


def _headline(number: PhoneNumber) -> str:
    country = COUNTRY_NAMES.get(number.country)
    return f"{number.international} · {country}" if country else number.international
