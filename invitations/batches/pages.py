"""The pages for whole lists: send one in, look at it, start it, and watch it go."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from communications.errors import TooManyRequests, WhatsAppError
from communications.models import ConsentRecord
from communications.said import said
from invitations import previews
from invitations.batches import control, creation
from invitations.batches.forms import BatchForm
from invitations.batches.list_rows import BYTE_LIMIT, ListRefused
from invitations.batches.permissions import INVITE_IN_BULK
from invitations.batches.progress import line_of, progress_of
from invitations.batches.readings import first_messages
from invitations.batches.views import report_file
from invitations.dashboard import PAGE_SIZE, id_in, require_pace, signed_in_fragment
from invitations.failures import advice_for
from invitations.links import base_url_of
from invitations.models import BatchRow, InvitationBatch, InvitationBatchQuerySet

# Wrong rows on the page; the report has all of them.
ROWS_SHOWN = 20
_AROUND_THE_FILE = 4 * 1024 * 1024

may_invite_in_bulk = permission_required(INVITE_IN_BULK, raise_exception=True)


def within_the_limit(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse a file by its declared size, before anything reads it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        declared = request.headers.get("Content-Length") or "0"
        if not declared.isdecimal() or int(declared) > BYTE_LIMIT + _AROUND_THE_FILE:
            return render(
                request, "invitations/batches/too_large.html", {"megabytes": BYTE_LIMIT // 1024**2}, status=413
            )
        return view(request, *args, **kwargs)

    # Every other form is held to less.
    guarded.body_limit = BYTE_LIMIT + _AROUND_THE_FILE  # type: ignore[attr-defined]
    return guarded


@login_required
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """`/dashboard/batches/`: newest first, `before` an ID."""
    found = _visible_to(request).order_by("-pk")
    before = id_in(request, "before")
    if before:
        found = found.filter(pk__lt=before)
    page = list(found[: PAGE_SIZE + 1])
    context = {
        "batches": [(batch, line_of(batch)) for batch in page[:PAGE_SIZE]],
        "has_older": len(page) > PAGE_SIZE,
        "before": before,
    }
    return render(request, "invitations/batches/batches.html", context)


@csrf_exempt  # The token stands in the body, which is read by the inner view only.
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@may_invite_in_bulk
@within_the_limit
@csrf_protect
def new_batch(request: HttpRequest) -> HttpResponse:
    """`/dashboard/batches/new/`: the form, and the taking in."""
    if request.method != "POST":
        return _form_page(request, BatchForm(request.user))
    form = BatchForm(request.user, request.POST, request.FILES)
    if not form.is_valid():
        return _form_page(request, form, status=400)
    data = dict(form.cleaned_data)
    given = data.pop("list")
    link_base = base_url_of(request) if data.pop("include_link") else ""
    try:
        require_pace(request)
        batch = creation.create(
            inviter=request.user,
            rows=given.rows(),
            warnings=given.warnings,
            source=ConsentRecord.Source.DASHBOARD,
            link_base=link_base,
            **data,
        )
    except (ListRefused, TooManyRequests) as refusal:
        form.add_error("file", said(refusal.detail))
        return _form_page(request, form, status=400 if isinstance(refusal, ListRefused) else 429)
    return redirect("batch", pk=batch.pk)


@require_POST
def batch_words(request: HttpRequest) -> HttpResponse:
    """What the words written so far would look like on a phone."""
    if not request.user.is_authenticated:
        return HttpResponseClientRefresh()
    form = BatchForm(request.user, request.POST)
    return render(request, "invitations/batches/_words.html", _words(request, form))


@login_required
@require_safe
def batch(request: HttpRequest, pk: UUID) -> HttpResponse:
    """`/dashboard/batches/{id}/`"""
    found = get_object_or_404(_visible_to(request), pk=pk)
    progress = progress_of(found, request.user)
    wrong = found.rows.exclude(verdict=BatchRow.Verdict.VALID).order_by("number")
    is_ready = found.state == InvitationBatch.Stage.READY
    context = {
        "batch": found,
        "progress": progress,
        "verdicts": [(v.value, v.label, found.verdicts[v]) for v in BatchRow.Verdict if found.verdicts.get(v)],
        "wrong_rows": list(wrong[:ROWS_SHOWN]),
        "wrong_count": found.judged_count - found.verdicts.get(BatchRow.Verdict.VALID, 0),
        "samples": first_messages(found, base_url=base_url_of(request)) if is_ready else [],
    }
    return render(request, "invitations/batches/batch.html", context)


@signed_in_fragment
@never_cache
@require_safe
def batch_status(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that moves; 204 while it looks as the browser has `seen` it.

    With another state the whole page is another one.
    """
    found = get_object_or_404(_visible_to(request), pk=pk)
    progress = progress_of(found, request.user)
    if request.GET.get("state") != progress.state:
        return HttpResponseClientRefresh()
    if request.GET.get("seen") == progress.fingerprint:
        return HttpResponse(status=204)
    speak = request.GET.get("spoken") != str(progress.tens)
    context = {"batch": found, "progress": progress, "speak": speak}
    return render(request, "invitations/batches/_status.html", context)


@login_required
@require_safe
def batch_report(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    return report_file(get_object_or_404(_visible_to(request), pk=pk))


@login_required
@require_POST
def change_batch(request: HttpRequest, pk: UUID, change: str) -> HttpResponse:
    """Start, pause, resume or cancel, and show the page again."""
    found = get_object_or_404(_visible_to(request), pk=pk)
    if change in {"start", "resume"} and not request.user.has_perm(INVITE_IN_BULK):
        messages.error(request, _("You may not send whole lists."))
        return redirect("batch", pk=pk)
    try:
        {"start": control.start, "pause": control.pause, "resume": control.resume, "cancel": control.cancel}[change](
            found
        )
    except WhatsAppError as refusal:
        messages.error(request, f"{said(refusal.error)}. {advice_for(request.user, refusal)}")
    return redirect("batch", pk=pk)


def _visible_to(request: HttpRequest) -> InvitationBatchQuerySet:
    return InvitationBatch.objects.visible_to(request.user).select_related("campaign", "inviter")


def _words(request: HttpRequest, form: BatchForm) -> dict[str, Any]:
    return {"form": form, "seen": previews.draft_for_anybody(**form.draft(), base_url=base_url_of(request))}


def _form_page(request: HttpRequest, form: BatchForm, *, status: int = 200) -> HttpResponse:
    return render(request, "invitations/batches/new.html", _words(request, form), status=status)
