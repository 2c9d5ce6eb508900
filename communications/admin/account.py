"""Our own account at Meta, who did what to it, and what callers may do."""

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications import operations
from communications.admin.base import ReadOnlyAdmin
from communications.conf import setting
from communications.models import AccountEvent, AuditEntry, Channel, MessageTemplate


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = (
        "phone_number_id",
        "display_number",
        "paused_at",
        "paused_by_code",
        "paused_by_event",
        "paused_by",
        "quality_rating",
        "messaging_limit",
        "throughput",
    )
    fields = (*list_display, "resumed_at", "updated_at", "asked_at", "facts_at")
    search_help_text = gettext_lazy("The ID of the number, or its digits.")
    actions = ("pause", "resume")

    def search(self, term: str) -> Q:
        return Q(pk=term) | Q(display_number=term.lstrip("+"))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("communications.change_channel")

    @admin.action(description=gettext_lazy("Pause the number"), permissions=["operate"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Channel]) -> HttpResponse | None:
        if not self._is_ours(request, chosen):
            return None
        question = _("Nothing is sent from this number until a person resumes it. Callers get 503.")
        if page := self.ask_first(request, chosen, action="pause", question=question):
            return page
        operations.pause(by=request.user)
        self.message_user(request, _("The number sends nothing now."), messages.SUCCESS)
        return None

    @admin.action(description=gettext_lazy("Resume the number"), permissions=["operate"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Channel]) -> HttpResponse | None:
        if not self._is_ours(request, chosen):
            return None
        question = _("The number sends again. If Meta still refuses it, it is paused again by the first refusal.")
        if page := self.ask_first(request, chosen, action="resume", question=question):
            return page
        resumed = operations.resume(by=request.user)
        text = _("The number sends again.") if resumed else _("The number was not paused.")
        self.message_user(request, text, messages.SUCCESS)
        return None

    def _is_ours(self, request: HttpRequest, chosen: QuerySet[Channel]) -> bool:
        if list(chosen.values_list("pk", flat=True)) == [setting("WHATSAPP_PHONE_NUMBER_ID")]:
            return True
        text = _("Choose the number of WHATSAPP_PHONE_NUMBER_ID: only that one sends.")
        self.message_user(request, text, messages.ERROR)
        return False


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    list_display = ("name", "language", "status", "quality", "category", "coming_category", "reason", "synced_at")
    list_filter = ("status", "language", "category", "quality")
    ordering = ("name", "language")
    sortable_by = list_display
    search_help_text = gettext_lazy("A part of the name, or Meta's ID.")

    def search(self, term: str) -> Q:
        return Q(name__icontains=term) | Q(meta_id=term)


@admin.register(AccountEvent)
class AccountEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "field", "event")
    list_filter = ("field",)
    date_hierarchy = "at"
    search_help_text = gettext_lazy("A part of the event's name.")

    def search(self, term: str) -> Q:
        return Q(event__icontains=term) | Q(field__icontains=term)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_name", "action", "subject")
    list_filter = ("action",)
    date_hierarchy = "at"
    search_help_text = gettext_lazy("A username, or the subject: “contact 12”.")

    def search(self, term: str) -> Q:
        return Q(actor_name=term) | Q(subject=term)
