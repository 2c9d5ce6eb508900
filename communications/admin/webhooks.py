"""What Meta posted, byte for byte, and what became of it."""

import json
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications import operations
from communications.admin.base import ReadOnlyAdmin, key, preformatted
from communications.models import WebhookEvent


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", _("Due")), ("failed", _("Failed")), ("unreadable", _("Not JSON"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "due":
            return queryset.filter(processed_at=None)
        if self.value() == "failed":
            return queryset.filter(processed_at=None).exclude(error="")
        if self.value() == "unreadable":
            return queryset.filter(processed_at__isnull=False).exclude(error="")
        return queryset


class ReceivedFilter(admin.SimpleListFilter):
    title = gettext_lazy("time")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("Last hour")), ("24", _("Last 24 hours")), ("168", _("Last 7 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        hours = self.value()
        if hours not in {each for each, _label in self.lookup_choices}:
            return queryset
        return queryset.filter(received_at__gte=timezone.now() - timedelta(hours=int(str(hours))))


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "received_at", "processed_at", "attempts", "has_failed")
    list_filter = (StateFilter, ReceivedFilter)
    fields = ("received_at", "processed_at", "attempts", "next_attempt_at", "error", "readable_body")
    search_help_text = gettext_lazy("The ID.")
    actions = ("process_again",)

    def search(self, term: str) -> Q:
        return key(term)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        """Without the bodies, which are megabytes in a list."""
        rows: QuerySet[WebhookEvent] = super().get_queryset(request).defer("body")
        return rows

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("communications.change_webhookevent")

    @admin.display(boolean=True, description=gettext_lazy("Failed"))
    def has_failed(self, event: WebhookEvent) -> bool:
        return bool(event.error)

    @admin.display(description=gettext_lazy("Body"))
    def readable_body(self, event: WebhookEvent) -> str:
        body = bytes(event.body)
        try:
            return preformatted(json.dumps(json.loads(body), indent=2, ensure_ascii=False))
        except (ValueError, RecursionError):
            return preformatted(body.decode(errors="replace"))

    @admin.action(description=gettext_lazy("Process again"), permissions=["operate"])
    def process_again(self, request: HttpRequest, chosen: QuerySet[WebhookEvent]) -> HttpResponse | None:
        question = _("These webhooks are applied again. What they said before is not said twice.")
        if page := self.ask_first(request, chosen, action="process_again", question=question):
            return page
        due = operations.process_again(WebhookEvent.objects.filter(pk__in=chosen.values("pk")), by=request.user)
        self.message_user(request, _("%(count)d webhooks are due again.") % {"count": due}, messages.SUCCESS)
        return None
