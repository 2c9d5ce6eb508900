"""`/dashboard/invitations/{id}/webhooks/`: what Meta said about one invitation's messages, word for word. For staff."""

import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from communications.models import WebhookEvent
from communications.webhook_traces import Names, part, some_events_naming
from invitations.health_page import staff_only
from invitations.models import Invitation, InvitationMessage

# A webhook may overtake our own clock.
_EARLIER = timedelta(minutes=1)


@dataclass(frozen=True)
class Told:
    """One webhook and, as JSON, the items in it that are about the invitation."""

    event: WebhookEvent
    about: list[str]


@staff_only
@never_cache
@require_safe
def webhooks(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Webhooks have no index for that: they are looked through a portion at a time, `after` a key."""
    found = get_object_or_404(Invitation, pk=pk)
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        raise Http404
    carried = InvitationMessage.objects.filter(invitation=found).values_list("message_id", "message__wamid")
    names = Names(str(name) for pair in carried for name in pair if name)
    events: list[WebhookEvent] = []
    go_on_after = None
    if names.texts:
        events, go_on_after = some_events_naming(names, since=found.created_at - _EARLIER, after=int(after))
    context = {"invitation": found, "told": [_told(event, names) for event in events], "go_on_after": go_on_after}
    return render(request, "invitations/webhooks.html", context)


def _told(event: WebhookEvent, names: Names) -> Told:
    about = part(bytes(event.body), names).about
    return Told(event, [json.dumps(item, ensure_ascii=False, indent=2) for item in about])
