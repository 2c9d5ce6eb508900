"""What is kept, to look up and to read: rows here are evidence and are not edited."""

import mimetypes
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken

from communications.api.scopes import record_creation
from communications.models import (
    AccountEvent,
    Channel,
    ConsentRecord,
    Contact,
    ContactIdentity,
    IdentityConflict,
    InboundMedia,
    InboundMessage,
    Message,
    MessageStatus,
    MessageTemplate,
    ParkedStatus,
    UploadedMedia,
    WebhookEvent,
)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class IdentityInline(ReadOnlyInline):
    model = ContactIdentity


class ConsentInline(ReadOnlyInline):
    model = ConsentRecord


class StatusInline(ReadOnlyInline):
    model = MessageStatus


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "last_wrote_at", "opted_out_at", "created_at")
    search_fields = ("identities__value", "name")
    inlines = (IdentityInline, ConsentInline)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "to_number", "kind", "status", "meta_code", "created_at")
    list_filter = ("status", "kind", "meta_code")
    search_fields = ("id", "wamid", "to_number")
    inlines = (StatusInline,)


_MEDIA_FIELDS = ("kind", "status", "mime_type", "found_type", "size", "error", "download")


class InboundMediaInline(ReadOnlyInline):
    model = InboundMedia
    fields = _MEDIA_FIELDS
    readonly_fields = fields

    @admin.display(description="File")
    def download(self, media: InboundMedia) -> str:
        return link_to_file(media)


@admin.register(InboundMedia)
class InboundMediaAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "message", *_MEDIA_FIELDS)
    list_filter = ("status", "kind")
    list_select_related = ("message",)
    search_fields = ("media_id", "message__wamid", "message__contact__identities__value")
    fields = ("received_at", "message", *_MEDIA_FIELDS, "sha256", "media_id", "attempts", "next_attempt_at")
    readonly_fields = fields

    @admin.display(description="File")
    def download(self, media: InboundMedia) -> str:
        return link_to_file(media)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file)
        return [path("<int:pk>/file/", view, name="communications_inboundmedia_file"), *super().get_urls()]

    def file(self, request: HttpRequest, pk: int) -> FileResponse:
        """Hand the file over to be saved, never to be shown: a browser must not run what a stranger sent."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        media = get_object_or_404(InboundMedia, pk=pk, status=InboundMedia.Status.KEPT)
        try:
            content = media.file.open("rb")
        except FileNotFoundError as exc:
            raise Http404("The file is not in the storage any more.") from exc
        extension = mimetypes.guess_extension(media.found_type) or ".bin"
        return FileResponse(
            content,
            as_attachment=True,
            filename=f"whatsapp-{media.pk}{extension}",
            content_type="application/octet-stream",
            headers={
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )


def link_to_file(media: InboundMedia) -> str:
    """A link for what was kept; what is in quarantine cannot be opened from here."""
    if media.status != InboundMedia.Status.KEPT:
        return "–"
    return format_html('<a href="{}">Download</a>', reverse("admin:communications_inboundmedia_file", args=[media.pk]))


@admin.register(UploadedMedia)
class UploadedMediaAdmin(ReadOnlyAdmin):
    list_display = ("uploaded_at", "expires_at", "mime_type", "size", "media_id")
    search_fields = ("media_id", "sha256")


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnlyAdmin):
    list_display = ("at", "contact", "kind", "text", "in_reply_to")
    list_filter = ("kind",)
    list_select_related = ("contact", "in_reply_to")
    search_fields = ("wamid", "text", "contact__identities__value")
    inlines = (InboundMediaInline,)


@admin.register(ParkedStatus)
class ParkedStatusAdmin(ReadOnlyAdmin):
    list_display = ("status", "at", "wamid", "message_ref", "parked_at")
    search_fields = ("wamid",)


@admin.register(IdentityConflict)
class IdentityConflictAdmin(ReadOnlyAdmin):
    list_display = ("noticed_at", "kind", "value", "contact", "holder", "evidence")
    list_select_related = ("contact", "holder")


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = ("at", "contact", "kind", "scope", "source", "text")
    list_filter = ("kind", "scope", "source")
    list_select_related = ("contact",)
    search_fields = ("contact__identities__value", "evidence")


class FailedFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "Due"), ("failed", "Failed"), ("unreadable", "Not JSON")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "due":
            return queryset.filter(processed_at=None)
        if self.value() == "failed":
            return queryset.filter(processed_at=None).exclude(error="")
        if self.value() == "unreadable":
            return queryset.filter(processed_at__isnull=False).exclude(error="")
        return queryset


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "received_at", "processed_at", "attempts", "has_failed")
    list_filter = (FailedFilter,)
    fields = ("received_at", "processed_at", "attempts", "next_attempt_at", "error", "readable_body")
    readonly_fields = fields
    actions = ("process_again",)

    @admin.display(boolean=True, description="Failed")
    def has_failed(self, event: WebhookEvent) -> bool:
        return bool(event.error)

    @admin.display(description="Body")
    def readable_body(self, event: WebhookEvent) -> str:
        return bytes(event.body).decode(errors="replace")

    @admin.action(description="Process again", permissions=["view"])
    def process_again(self, request: HttpRequest, chosen: QuerySet[WebhookEvent]) -> None:
        """Applying a webhook twice changes nothing, so any may be processed again."""
        due = chosen.update(processed_at=None, next_attempt_at=None)
        self.message_user(request, f"{due} webhooks are due again.")


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin):
    list_display = ("name", "language", "status", "quality", "category", "coming_category", "reason", "synced_at")
    list_filter = ("status", "language", "category")
    search_fields = ("name",)


@admin.register(AccountEvent)
class AccountEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "field", "event")
    list_filter = ("field",)


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = (
        "phone_number_id",
        "display_number",
        "paused_at",
        "paused_by_code",
        "paused_by_event",
        "quality_rating",
        "messaging_limit",
        "throughput",
    )
    fields = (*list_display, "updated_at")


# Knox has registered its own, which shows no scopes.
admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):  # type: ignore[misc]
    list_display = ("user", "scopes", "created", "expiry", "token_key")
    list_select_related = ("user", "limited_to")

    def save_model(self, request: HttpRequest, obj: AuthToken, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            record_creation(obj, [], by=request.user)

    @admin.display(description="Scopes")
    def scopes(self, token: AuthToken) -> str:
        return str(token.limited_to) if hasattr(token, "limited_to") else "all"
