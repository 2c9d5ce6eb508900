"""`/dashboard/invitations/`: found by what the address asks for, paged by key, and kept up to date by itself."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from communications.models import Status
from invitations.dashboard import PAGE_SIZE, id_in, signed_in_fragment
from invitations.invitation_filter import InvitationFilter
from invitations.models import Invitation, InvitationQuerySet

# A text as long as a message may be costs more to read than it shows.
_SHOWN = (
    "inviter__username", "newest_message__status", "newest_message__kind", "phone_number", "recipient_name",
    "company_name", "message", "state", "last_sent_at",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """Newest first. `newer` and `older` are the keys behind which the neighbouring pages begin, None at the ends."""

    rows: list[Invitation]
    newer: UUID | None
    older: UUID | None


@login_required
@require_safe
def invitations(request: HttpRequest) -> HttpResponse:
    """`/dashboard/invitations/`; `before` or `after` an ID."""
    asked = InvitationFilter(request.user, request.GET)
    before, after = id_in(request, "before"), id_in(request, "after")
    page = _page(asked.applied_to(_visible(request)), before=before, after=after)
    context = {
        "filter": asked,
        "page": page,
        "is_paged": bool(before or after),
        "newest": asked.address(),
        "newer": asked.address(after=page.newer) if page.newer else "",
        "older": asked.address(before=page.older) if page.older else "",
        "watched": _watched(page.rows),
    }
    return render(request, "invitations/invitations.html", context, status=200 if asked.is_valid() else 400)


@signed_in_fragment
@never_cache
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """The rows that no longer look as the browser has `seen` them; 204 while all of them do."""
    seen = dict(_seen(request.GET.get("seen", "")))
    rows = list(_visible(request).filter(pk__in=seen)) if seen else []
    changed = [row for row in rows if row.fingerprint != seen[row.pk]]
    if not changed:
        return HttpResponse(status=204)
    context = {"changed": changed, "watched": _watched(rows)}
    return render(request, "invitations/_changes.html", context)


def _visible(request: HttpRequest) -> InvitationQuerySet:
    return Invitation.objects.visible_to(request.user).select_related("newest_message", "inviter").only(*_SHOWN)


def _page(found: InvitationQuerySet, *, before: UUID | None, after: UUID | None) -> Page:
    """One more row than is shown tells whether there is a page behind; on the side one came from there is."""
    if after:
        rows = list(found.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
        has_more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE][::-1]
        return Page(rows, rows[0].pk if has_more else None, rows[-1].pk if rows else None)
    rows = list((found.filter(pk__lt=before) if before else found).order_by("-pk")[: PAGE_SIZE + 1])
    has_more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    return Page(rows, rows[0].pk if before and rows else None, rows[-1].pk if has_more else None)


def _watched(rows: list[Invitation]) -> str:
    """What the browser has seen of the rows to which something may still happen."""
    return ",".join(f"{row.pk}~{row.fingerprint}" for row in rows if _may_change(row))


def _may_change(row: Invitation) -> bool:
    on_its_way = row.newest_message is not None and row.newest_message.status not in {Status.READ, Status.FAILED}
    return on_its_way or row.is_live


def _seen(text: str) -> list[tuple[UUID, str]]:
    told = [each.partition("~") for each in text.split(",")[:PAGE_SIZE] if each]
    try:
        return [(UUID(pk), fingerprint) for pk, _mark, fingerprint in told]
    except ValueError as exc:
        raise Http404 from exc
