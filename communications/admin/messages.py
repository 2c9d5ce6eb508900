"""Messages of ours and to us, their steps, and what made a request happen once."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.admin.base import ChoiceFilter, ReadOnlyAdmin, ReadOnlyInline, key, linked, pretty, uuid
from communications.admin.media import InboundMediaInline
from communications.admin.people import person
from communications.meta_codes import META_CODES
from communications.models import (
    Campaign,
    IdempotencyKey,
    InboundMessage,
    Message,
    MessageStatus,
    ParkedStatus,
    earliest_id_at,
)

MESSAGE_HELP = gettext_lazy("The ID of a message, a wamid, a number, a user ID, or the ID of a contact.")
_KINDS = ("text", "template", "image", "video", "audio", "document", "sticker", "location", "contacts", "interactive",
          "reaction")  # fmt: skip
_KINDS_TO_US = (*_KINDS, "button", "order", "system", "unsupported", "edit", "revoke", "request_welcome")


class KindFilter(ChoiceFilter):
    title = gettext_lazy("kind")
    parameter_name = column = "kind"
    choices_known = [(kind, kind) for kind in _KINDS]


class KindToUsFilter(KindFilter):
    choices_known = [(kind, kind) for kind in _KINDS_TO_US]


class CodeFilter(ChoiceFilter):
    title = gettext_lazy("Meta's code")
    parameter_name = column = "meta_code"
    choices_known = [(str(code), str(code)) for code in sorted(META_CODES) if not 200 <= code < 300]


class CreatedFilter(admin.SimpleListFilter):
    """By key, which tells the time: there is no index of the time alone."""

    title = gettext_lazy("time")
    parameter_name = "since"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("1", _("Last hour")),
            ("24", _("Last 24 hours")),
            ("168", _("Last 7 days")),
            ("720", _("Last 30 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        hours = self.value()
        if hours not in {each for each, _label in self.lookup_choices}:
            return queryset
        return queryset.filter(pk__gte=earliest_id_at(timezone.now() - timedelta(hours=int(str(hours)))))


class StatusInline(ReadOnlyInline):
    model = MessageStatus
    fields: ClassVar[Any] = ("status", "at", "recorded_at", "meta_code", pretty("details"))
    readonly_fields = fields


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "to_number",
        linked("contact"),
        "kind",
        "status",
        "meta_code",
        linked("campaign"),
        "created_at",
    )
    list_filter = (CreatedFilter, "status", KindFilter, CodeFilter, "is_marketing")
    list_select_related = ("contact", "campaign")
    search_help_text = MESSAGE_HELP
    inlines = (StatusInline,)
    related_lists = (
        ("communications_inboundmessage", "in_reply_to__id__exact", gettext_lazy("answers")),
        ("communications_messagestatus", "message__id__exact", gettext_lazy("steps")),
    )

    def search(self, term: str) -> Q:
        return uuid(term) | Q(wamid=term) | person(term)


@admin.register(MessageStatus)
class MessageStatusAdmin(ReadOnlyAdmin):
    list_display = ("at", "status", linked("message"), "meta_code", "recorded_at")
    list_filter = ("status", CodeFilter)
    list_select_related = ("message",)
    search_help_text = gettext_lazy("The ID of a message, or a wamid.")

    def search(self, term: str) -> Q:
        return uuid(term, "message") | Q(message__wamid=term)


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnlyAdmin):
    list_display = ("at", linked("contact"), "kind", "text", linked("in_reply_to"))
    list_filter = (KindToUsFilter,)
    list_select_related = ("contact", "in_reply_to")
    search_help_text = gettext_lazy("A wamid, a number, a user ID, or the ID of a contact.")
    inlines = (InboundMediaInline,)

    def search(self, term: str) -> Q:
        return Q(wamid=term) | person(term)


@admin.register(ParkedStatus)
class ParkedStatusAdmin(ReadOnlyAdmin):
    list_display = ("parked_at", "status", "at", "wamid", "message_ref")
    list_filter = ("status",)
    search_help_text = gettext_lazy("A wamid, or the ID of a message.")

    def search(self, term: str) -> Q:
        return Q(wamid=term) | uuid(term, "message_ref")


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "state", "stopped_by_code", "created_at")
    list_filter = ("state",)
    date_hierarchy = "created_at"
    search_help_text = gettext_lazy("The ID, or a part of the name.")
    related_lists = (("communications_message", "campaign__id__exact", gettext_lazy("messages")),)

    def search(self, term: str) -> Q:
        return uuid(term) | Q(name__icontains=term)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ("started_at", linked("user"), "key", linked("message"), "answer_status")
    list_select_related = ("user", "message")
    search_help_text = gettext_lazy("The whole key, or the ID of a user.")

    def search(self, term: str) -> Q:
        return Q(key=term) | key(term, "user")
