"""The page that an invited person reaches by the link in their message: who invites them, in whose words."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from invitations.models import Invitation


@require_safe
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """`/i/{token}/`; a token that is none, or of an invitation that was taken back, tells nothing."""
    found = Invitation.objects.filter(token=token).exclude(state=Invitation.State.REVOKED).first()
    if found is None:
        raise Http404
    response = render(request, "invitations/guest.html", {"invitation": found})
    # The address is the invitation: it is not handed on to other sites.
    response["Referrer-Policy"] = "no-referrer"
    return response
