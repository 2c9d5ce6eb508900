"""What can be done with an invitation on its page: send it again, remind, take it back, send it by hand."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from communications.errors import WhatsAppError
from communications.models import ConsentRecord
from invitations import dashboard, life, resending, services
from invitations.errors import InvitationClosed, InvitationNotSent
from invitations.failure_cards import card_of
from invitations.forms import InvitationForm
from invitations.links import base_url_of
from invitations.models import Invitation


@login_required
@require_POST
def by_hand(request: HttpRequest) -> HttpResponse:
    """Make the invitation of a filled form, with a link and no message: the inviter sends it themselves."""
    form = InvitationForm(request.user, request.POST)
    if not form.is_valid():
        return dashboard.form_page(request, form, status=400)
    # There is a link in any case: it is what they send.
    details = {name: value for name, value in form.cleaned_data.items() if name != "include_link"}
    try:
        dashboard.require_pace(request)
        made = services.invite_by_hand(
            inviter=request.user, source=ConsentRecord.Source.DASHBOARD, base_url=base_url_of(request), **details
        )
    except WhatsAppError as refusal:
        return dashboard.refused(request, form, refusal)
    return redirect(f"{dashboard.page_of(made)}#by-hand")


@login_required
@require_POST
def resend(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _send(request, pk, resending.resend, _("Sent again"))


@login_required
@require_POST
def remind(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _send(request, pk, resending.remind, _("Reminder sent"))


@login_required
@require_POST
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _found(request, pk)
    if life.revoke(found):
        messages.success(request, _("The invitation is taken back"))
    else:
        found.refresh_from_db(fields=["state", "last_sent_at"])
        _tell(request, InvitationClosed(found))
    return redirect("invitation", pk=pk)


def _send(request: HttpRequest, pk: UUID, send: Callable[[Invitation], Invitation], done: str) -> HttpResponse:
    """Send it once more; what does not go out stands on the page with its card."""
    found = _found(request, pk)
    try:
        dashboard.require_pace(request)
        send(found)
    except InvitationNotSent:
        pass
    except WhatsAppError as refusal:
        _tell(request, refusal)
    else:
        messages.success(request, done)
    return redirect("invitation", pk=pk)


def _found(request: HttpRequest, pk: UUID) -> Invitation:
    return get_object_or_404(Invitation.objects.visible_to(request.user).with_status(), pk=pk)


def _tell(request: HttpRequest, refusal: WhatsAppError) -> None:
    card = card_of(refusal, request.user)
    messages.error(request, f"{card.error}. {card.what}")
