"""What is kept, to look up and to read: rows here are evidence and are not edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from communications.models import (
    Channel,
    ConsentRecord,
    Contact,
    ContactIdentity,
    Message,
    MessageStatus,
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


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "received_at", "processed_at", "has_failed")
    fields = ("received_at", "processed_at", "error", "readable_body")
    readonly_fields = fields

    @admin.display(boolean=True, description="Failed")
    def has_failed(self, event: WebhookEvent) -> bool:
        return bool(event.error)

    @admin.display(description="Body")
    def readable_body(self, event: WebhookEvent) -> str:
        return bytes(event.body).decode(errors="replace")


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = ("phone_number_id", "paused_at", "paused_by_code")
    fields = list_display
