from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from invitations.models import Invitation


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Invitations are sent through the API and the dashboard; here they are read."""

    list_display = ("id", "phone_number", "inviter", "state", "delivery", "created_at")
    list_filter = ("state", "newest_message__status")
    list_select_related = ("inviter", "newest_message")
    search_fields = ("id", "phone_number", "recipient_name", "company_name", "inviter__username")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Delivery")
    def delivery(self, invitation: Invitation) -> str:
        return invitation.newest_message.get_status_display()
