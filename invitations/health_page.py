"""`/dashboard/health/`: is everything there that WhatsApp needs, and what to do where it is not. For staff."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from communications import operations
from communications.errors import WhatsAppError
from communications.health import checklist, meta
from communications.health.findings import Light
from communications.said import said


def staff_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send whoever has not signed in to do so, and refuse whoever is not staff."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@staff_only
@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Everything that was checked; what Meta says may be some minutes old."""
    return _page(request)


@staff_only
@require_POST
def check_again(request: HttpRequest) -> HttpResponse:
    """Ask Meta anew, unless somebody has just done so."""
    meta.look(fresh=True)
    return redirect("health")


@staff_only
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    resumed = operations.resume(by=request.user)
    messages.success(request, _("The number sends again.") if resumed else _("The number was not paused."))
    return redirect("health")


@staff_only
@require_POST
def subscribe(request: HttpRequest) -> HttpResponse:
    try:
        operations.subscribe(by=request.user)
    except WhatsAppError as failure:
        messages.error(request, said(failure.detail))
    else:
        meta.forget()
        messages.success(request, _("The business account sends its webhooks to our app."))
    return redirect("health")


@staff_only
@never_cache
@require_POST
def sync_templates(request: HttpRequest) -> HttpResponse:
    """Submit and edit what is due, and show what became of each template. Repeating it does no harm."""
    try:
        synced = operations.sync_templates(by=request.user)
    except WhatsAppError as failure:
        messages.error(request, said(failure.detail))
        return redirect("health")
    meta.forget()
    return _page(request, synced)


def _page(request: HttpRequest, synced: operations.Synced | None = None) -> HttpResponse:
    report = checklist.run()
    context = {
        "report": report,
        "counts": [(light, report.count(light)) for light in reversed(Light)],
        "synced": synced,
        "kept_minutes": meta.KEPT_SECONDS // 60,
    }
    return render(request, "invitations/health.html", context)
