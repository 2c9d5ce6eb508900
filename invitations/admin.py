from django.contrib import admin

from communications.admin import ReadOnlyAdmin
from invitations.models import Invitation


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations are sent through the API and the dashboard; here they are read."""

    list_display = ("id", "phone_number", "inviter", "state", "delivery", "created_at")
    list_filter = ("state", "newest_message__status")
    list_select_related = ("inviter", "newest_message")
    search_fields = ("id", "phone_number", "recipient_name", "company_name", "inviter__username")

    @admin.display(description="Delivery")
    def delivery(self, invitation: Invitation) -> str:
        message = invitation.newest_message
        return message.get_status_display() if message else "By hand"
