from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from communications.admin import ReadOnlyAdmin
from communications.admin.base import linked, uuid
from communications.admin.people import person
from communications.admin.tallies import ChangeAdmin, CountedAdmin, TallyAdmin
from invitations.models import (
    ChangedInvitation,
    CountedInvitation,
    Invitation,
    InvitationMessage,
    InvitationTally,
)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations are sent through the API and the dashboard; here they are read."""

    list_display = ("id", "phone_number", linked("contact"), linked("inviter"), "state", "delivery", "created_at")
    list_filter = ("state",)
    list_select_related = ("inviter", "contact", "newest_message")
    search_help_text = gettext_lazy("The ID, a number, a user ID, the ID of a contact, or the inviter's username.")
    # Whoever has it can answer in the person's name.
    unseen = ("token",)
    related_lists = (("invitations_invitationmessage", "invitation__id__exact", gettext_lazy("its messages")),)

    def search(self, term: str) -> Q:
        return uuid(term) | person(term) | Q(inviter__username=term)

    @admin.display(description="Delivery")
    def delivery(self, invitation: Invitation) -> str:
        message = invitation.newest_message
        return message.get_status_display() if message else "By hand"


@admin.register(InvitationMessage)
class InvitationMessageAdmin(ReadOnlyAdmin):
    list_display = ("sent_at", linked("invitation"), linked("message"), linked("sent_by"))
    list_select_related = ("invitation", "message", "sent_by")
    search_help_text = gettext_lazy("The ID of an invitation or of a message, or the sender's username.")

    def search(self, term: str) -> Q:
        return uuid(term, "invitation") | uuid(term, "message") | Q(sent_by__username=term)


admin.site.register(ChangedInvitation, ChangeAdmin)
admin.site.register(CountedInvitation, CountedAdmin)
admin.site.register(InvitationTally, TallyAdmin)
