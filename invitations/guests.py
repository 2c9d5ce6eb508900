"""The page that an invited person reaches by the link in their message: who invites them, and what they answer.

Looking at it changes nothing: WhatsApp and others fetch links to show or to check them. It counts as opened when the
page's script says that somebody looks at it, or when the person answers.
"""

import re
from enum import StrEnum
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from communications import consent
from communications.errors import InvalidPhoneNumber
from communications.models import ConsentRecord
from communications.phone_numbers import parse
from invitations import hand_over, life
from invitations.guest_languages import language_for
from invitations.models import Invitation
from invitations.robots import is_robot

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_State = Invitation.State


class Answer(StrEnum):
    """What a form of the page says."""

    ACCEPT = "accept"
    NOT_NOW = "not_now"
    NEVER = "never"
    OPENED = "opened"


class Page(StrEnum):
    """What the page shows."""

    INVITATION = "invitation"
    THANKS = "thanks"
    JOINED = "joined"
    NOT_NOW = "not_now"
    DECLINED = "declined"
    NEVER = "never"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


_PAGE_OF = {
    _State.OPEN: Page.INVITATION,
    _State.OPENED: Page.INVITATION,
    _State.JOINED: Page.JOINED,
    _State.DECLINED: Page.DECLINED,
    _State.EXPIRED: Page.EXPIRED,
}
_HTTP_STATUS = {Page.EXPIRED: 410, Page.UNKNOWN: 404}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """`/i/{token}/`; a token that is none, or of an invitation that was taken back, tells nothing."""
    found = _find(token)
    if found is None:
        return _show(request, None, Page.UNKNOWN)
    if request.method != "POST":
        return _show(request, found, _PAGE_OF[found.standing])
    return _take(request, found, request.POST.get("answer", ""))


def _find(token: str) -> Invitation | None:
    if not _TOKEN.fullmatch(token):
        return None
    known = Invitation.objects.filter(token=token).select_related("contact")
    return known.exclude(state=_State.REVOKED).first()


def _take(request: HttpRequest, found: Invitation, answer: str) -> HttpResponse:
    if answer == Answer.OPENED:
        if not is_robot(request.headers.get("User-Agent", "")):
            life.open_(found)
        return HttpResponse(status=204)
    if answer == Answer.ACCEPT:
        return _accept(request, found)
    if answer == Answer.NOT_NOW and life.decline(found, via="page"):
        return _show(request, found, Page.NOT_NOW)
    if answer == Answer.NEVER:
        return _never(request, found)
    return _show_as_it_is(request, found)


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    if not life.join(found, via="page"):
        return _show_as_it_is(request, found)
    address = hand_over.sign_up_address(found)
    return _guarded(redirect(address)) if address else _show(request, found, Page.THANKS)


def _never(request: HttpRequest, found: Invitation) -> HttpResponse:
    """Their wish holds whatever became of the invitation, and whoever invites them."""
    with translation.override(_language(request, found)):
        words = translation.gettext("Never write to me again")
    if not _still_stands(found):
        # A wish that they have taken back since is another one, and evidence is kept once.
        evidence = f"invitation:{found.pk}:{timezone.now().isoformat()}"
        consent.record_opt_out(found.contact, source=ConsentRecord.Source.INVITATION, text=words, evidence=evidence)
    life.decline(found, via="page")
    return _show(request, found, Page.NEVER)


def _still_stands(found: Invitation) -> bool:
    """Whether they have pressed it before, and nothing since lifts it."""
    stops = consent.standing_stops(found.contact.consent_records.all())
    return any(stop.evidence.startswith(f"invitation:{found.pk}") for stop in stops)


def _show_as_it_is(request: HttpRequest, found: Invitation) -> HttpResponse:
    """Somebody or something was quicker."""
    found.refresh_from_db(fields=["state", "answered_at", "last_sent_at"])
    page = _PAGE_OF.get(found.standing, Page.UNKNOWN)
    return _show(request, found if page is not Page.UNKNOWN else None, page)


def _show(request: HttpRequest, found: Invitation | None, page: Page) -> HttpResponse:
    context: dict[str, Any] = {"page": page.value, "invitation": found}
    if found and page is Page.JOINED and _is_on_its_way(found):
        context["go_on"] = hand_over.sign_up_address(found)
    with translation.override(_language(request, found)):
        response = render(request, "invitations/guest.html", context, status=_HTTP_STATUS.get(page, 200))
    if origin := hand_over.sign_up_origin():
        # Browsers hold a form's redirects to the page's policy, and the sign-up may redirect on: django-csp reads this.
        response._csp_update = {"form-action": ["https:", origin]}  # type: ignore[attr-defined]
    return _guarded(response)


def _is_on_its_way(found: Invitation) -> bool:
    """The answer to "I accept" may get lost on a bad connection: for a short while the way on is offered again."""
    return found.answered_at is not None and timezone.now() - found.answered_at < hand_over.ON_PAGE


def _language(request: HttpRequest, found: Invitation | None) -> str:
    return language_for(request.headers.get("Accept-Language", ""), _country_of(found) if found else "")


def _country_of(found: Invitation) -> str:
    try:
        return parse(found.phone_number).country
    except InvalidPhoneNumber:
        # The numbering plan has changed since.
        return ""


def _guarded(response: HttpResponse) -> HttpResponse:
    """The address is the invitation: it is not handed on to other sites, nor found by a search."""
    # Not "no-referrer": browsers then call the origin of our own form "null", which looks like another site's.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
