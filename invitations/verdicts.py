"""May this number be invited, and how: what the form says while it is being filled in. Writes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from communications.errors import InvalidPhoneNumber, WhatsAppError
from communications.phone_numbers import PhoneNumber, parse
from communications.said import said
from invitations.carriers import Reason
from invitations.country_names import country_name
from invitations.errors import RecentlyInvited
from invitations.failures import advice_for
from invitations.models import Invitation
from invitations.previews import Preview, preview

_UNFINISHED = {"missing", "too_short"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to show about a draft: `how` it will be sent, or the `problem` and what to do about it.

    `headline` is "+1 202-555-0100 · United States" once the number is one, and `facts` the same in a line about
    consent, template, window and quota. `earlier` is the inviter's own invitation of this person, where that is the
    problem. `preview` is what all of it was read from.
    """

    ok: bool = False
    is_unfinished: bool = False
    headline: str = ""
    how: str = ""
    facts: tuple[str, ...] = ()
    problem: str = ""
    advice: str = ""
    again_at: datetime | None = None
    earlier: Invitation | None = None
    preview: Preview | None = None


def judge(inviter: Any, raw: str, *, message: str = "", base_url: str = "", **details: Any) -> Verdict:
    """Say whether `inviter` may invite the person with this number now; the rest is what `previews.preview` takes."""
    try:
        number = parse(raw)
    except InvalidPhoneNumber as refusal:
        return _unreadable(raw, refusal)
    seen = preview(inviter=inviter, phone_number=number, message=message, base_url=base_url, **details)
    if seen.refusal:
        return _refused(inviter, seen, seen.refusal)
    return Verdict(ok=True, headline=headline(number), how=_how(seen), facts=tuple(_facts(seen)), preview=seen)


def headline(number: PhoneNumber) -> str:
    country = country_name(number.country)
    return f"{number.international} · {country}" if country else number.international


def _unreadable(raw: str, refusal: InvalidPhoneNumber) -> Verdict:
    """A number that may still be in the middle of being typed is not called wrong yet."""
    is_unfinished = refusal.reason in _UNFINISHED or raw.strip() == "+"
    return Verdict(is_unfinished=is_unfinished, problem=said(refusal.error), advice=said(refusal.detail))


def _how(seen: Preview) -> str:
    if seen.way.reason is Reason.WINDOW_CLOSED:
        return _("Will be sent as WhatsApp's approved invitation, with your words in it.")
    if seen.way.reason is Reason.WINDOW_OPEN:
        return _("Will be sent as a WhatsApp text message.")
    return _("Will be sent as a WhatsApp text message; WhatsApp may only take it once they have written to Dott.")


def _facts(seen: Preview) -> Iterator[str]:
    yield _("consent stated") if seen.is_consent_stated else _("consent not stated")
    if seen.way.template:
        yield _("template %(name)s (%(language)s)") % {"name": seen.way.template.name, "language": seen.way.language}
    yield _("24-hour window open") if seen.way.reason is Reason.WINDOW_OPEN else _("24-hour window closed")
    yield _("%(left)d of %(limit)d left today") % {"left": seen.quota.left, "limit": seen.quota.limit}


def _refused(inviter: Any, seen: Preview, refusal: WhatsAppError) -> Verdict:
    seconds = refusal.retry_after
    return Verdict(
        headline=headline(seen.number),
        problem=said(refusal.error),
        advice=advice_for(inviter, refusal),
        again_at=timezone.now() + timedelta(seconds=seconds) if seconds else None,
        earlier=refusal.invitation if isinstance(refusal, RecentlyInvited) else None,
        preview=seen,
    )
