"""The pages of the dashboard: invite somebody, and watch one invitation."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import UUIDField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh, reswap
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from communications.errors import (
    DeliveryUnconfirmed,
    InvalidMessage,
    RecipientOptedOut,
    TooManyRequests,
    WhatsAppError,
)
from communications.models import ConsentRecord
from communications.said import said
from invitations import by_hand, exception_handler, previews, resending, services, verdicts
from invitations.errors import InvitationNotSent
from invitations.failure_cards import card_of
from invitations.forms import InvitationForm
from invitations.links import base_url_of
from invitations.models import Invitation, InvitationQuerySet
from invitations.progress import progress_of
from invitations.record import consent_of, sendings_of
from invitations.throttling import InvitationThrottle

PAGE_SIZE = 25

_REFUSALS = (InvitationNotSent, WhatsAppError)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """`/dashboard/invite/`: the form, and the sending."""
    if request.method != "POST":
        return form_page(request, InvitationForm(request.user, initial=_earlier_words(request)))
    form = InvitationForm(request.user, request.POST)
    if "preview" in request.POST:
        return form_page(request, form)
    if not form.is_valid():
        return form_page(request, form, status=400)
    try:
        require_pace(request)
        invitation = services.send_invitation(
            inviter=request.user,
            source=ConsentRecord.Source.DASHBOARD,
            base_url=base_url_of(request),
            **form.cleaned_data,
        )
    except InvalidMessage as refusal:
        # How much room the words have is known once it is known what carries them.
        form.add_error("message", said(refusal.detail))
        return form_page(request, form, status=400)
    except _REFUSALS as refusal:
        return refused(request, form, refusal)
    messages.success(request, _("WhatsApp invitation sent successfully"))
    return redirect("invitation", pk=invitation.pk)


@require_POST
def invite_verdict(request: HttpRequest) -> HttpResponse:
    """Say what would become of what was written so far. POST, so that numbers stay out of access logs."""
    if not request.user.is_authenticated:
        return render(request, "invitations/_signed_out.html")
    form = InvitationForm(request.user, request.POST)
    context = {"form": form, **_seen(request, form)}
    shown = render_to_string("invitations/_verdict.html", context)
    fingerprint = hashlib.sha256(shown.encode()).hexdigest()[:16]
    response = render(request, "invitations/_seen.html", context | {"shown": shown, "fingerprint": fingerprint})
    if request.POST.get("shown") == fingerprint:
        # It is not shown, nor read aloud, anew after every word.
        reswap(response, "none")
    return response


@login_required
@require_safe
def invitation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """`/dashboard/invitations/{id}/`"""
    found = get_object_or_404(_with_timeline(request), pk=pk)
    may_offer = found.is_live and not found.contact.has_opted_out
    context = {
        "invitation": found,
        "progress": progress_of(found, request.user),
        "sendings": sendings_of(found),
        "consent": consent_of(found, request.user),
        "may_be_reminded": resending.may_be_reminded(found),
        "by_hand": by_hand.offer(found, base_url=base_url_of(request)) if may_offer else None,
    }
    return render(request, "invitations/invitation.html", context)


def page_of(invitation: Invitation) -> str:
    return reverse("invitation", args=[invitation.pk])


def signed_in_fragment(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let the whole page lead to the sign-in when a part of it is asked for after signing out."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else HttpResponseClientRefresh()

    return guarded


@signed_in_fragment
@never_cache
@require_safe
def invitation_status(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that moves; 204 while it looks as the browser has `seen` it."""
    found = get_object_or_404(_with_timeline(request), pk=pk)
    progress = progress_of(found, request.user)
    if progress is None:
        raise Http404
    if request.GET.get("seen") == progress.fingerprint:
        return HttpResponse(status=204)
    return render(request, "invitations/_status.html", {"invitation": found, "progress": progress})


def _with_timeline(request: HttpRequest) -> InvitationQuerySet:
    found = Invitation.objects.visible_to(request.user).with_status().select_related("inviter", "contact")
    return found.prefetch_related("newest_message__statuses")


def _earlier_words(request: HttpRequest) -> dict[str, Any]:
    """Fill the form from one's own invitation named by `again`."""
    again = id_in(request, "again")
    earlier = Invitation.objects.visible_to(request.user).filter(pk=again).first() if again else None
    if earlier is None:
        return {}
    words = {name: getattr(earlier, name) for name in ("phone_number", "recipient_name", "company_name", "message")}
    return words | {"include_link": bool(earlier.link_base)}


def id_in(request: HttpRequest, name: str) -> UUID | None:
    try:
        return cast("UUID | None", UUIDField(required=False).clean(request.GET.get(name)))
    except ValidationError as exc:
        raise Http404 from exc


def require_pace(request: HttpRequest) -> None:
    """Count towards INVITATION_RATE, together with the requests to the API."""
    throttle = InvitationThrottle()
    if not throttle.allow_request(cast("Request", request), APIView()):
        raise TooManyRequests(throttle.wait())


def refused(request: HttpRequest, form: InvitationForm, refusal: InvitationNotSent | WhatsAppError) -> HttpResponse:
    """Say what happened, as the API does, and keep what was typed."""
    failure = refusal.failure if isinstance(refusal, InvitationNotSent) else refusal
    if isinstance(refusal, InvitationNotSent) and isinstance(failure, DeliveryUnconfirmed):
        return redirect("invitation", pk=refusal.invitation.pk)
    answer = cast("Response", exception_handler.handle(refusal, {}))
    refusals = {
        "card": card_of(failure, request.user),
        "refused": getattr(refusal, "invitation", None),
        "can_send_by_hand": not isinstance(failure, RecipientOptedOut) or failure.marketing_only,
    }
    page = form_page(request, form, refusal=refusals, status=answer.status_code)
    if "Retry-After" in answer.headers:
        page["Retry-After"] = answer.headers["Retry-After"]
    return page


def form_page(
    request: HttpRequest, form: InvitationForm, *, refusal: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "refusal": refusal, **(refusal or {}), **_seen(request, form)}
    verdict = context["verdict"]
    if verdict.ok and refusal:
        # Nothing green stands under what was just refused.
        context["verdict"] = None
    elif form.is_bound:
        context["verdict"] = replace(verdict, is_unfinished=False)
    elif not form["phone_number"].value():
        context["verdict"] = None
    return render(request, "invitations/invite.html", context, status=status)


def _seen(request: HttpRequest, form: InvitationForm) -> dict[str, Any]:
    """The verdict on what was written so far, and how it would stand on the person's phone."""
    draft, base_url = form.draft(), base_url_of(request)
    typed, has_consent = form["phone_number"].value() or "", bool(form["has_consent"].value())
    verdict = verdicts.judge(request.user, typed, base_url=base_url, has_consent=has_consent, **draft)
    return {
        "verdict": verdict,
        "seen": verdict.preview or previews.draft_for_anybody(base_url=base_url, **draft),
    }
