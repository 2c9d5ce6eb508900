from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from communications.admin import ReadOnlyAdmin
from communications.admin.base import key, linked, uuid
from communications.admin.people import person
from communications.admin.tallies import ChangeAdmin, CountedAdmin, TallyAdmin
from communications.personal_data import spellings
from invitations.models import (
    BatchPiece,
    BatchRow,
    ChangedInvitation,
    CountedInvitation,
    Invitation,
    InvitationBatch,
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


@admin.register(InvitationBatch)
class InvitationBatchAdmin(ReadOnlyAdmin):
    list_display = ("name", linked("inviter"), "stage", linked("campaign"), "row_count", "created_at", "finished_at")
    list_filter = ("stage", "source")
    list_select_related = ("inviter", "campaign")
    date_hierarchy = "created_at"
    search_help_text = gettext_lazy("The ID of the list, a part of its name, or the inviter's username.")
    related_lists = (
        ("invitations_batchrow", "batch__id__exact", gettext_lazy("rows")),
        ("invitations_batchpiece", "batch__id__exact", gettext_lazy("rows to be checked")),
        ("invitations_invitation", "batch__id__exact", gettext_lazy("invitations")),
    )

    def search(self, term: str) -> Q:
        return uuid(term) | Q(name__icontains=term) | Q(inviter__username=term)


@admin.register(BatchRow)
class BatchRowAdmin(ReadOnlyAdmin):
    list_display = ("number", linked("batch"), "given", "phone_number", "recipient_name", "verdict", "reason")
    list_filter = ("verdict",)
    list_select_related = ("batch",)
    search_help_text = gettext_lazy("A number, or the ID of the list.")

    def search(self, term: str) -> Q:
        return uuid(term, "batch") | Q(phone_number__in=spellings(term) if term.startswith("+") else [term])


@admin.register(BatchPiece)
class BatchPieceAdmin(ReadOnlyAdmin):
    list_display = ("number", linked("batch"))
    list_select_related = ("batch",)
    search_help_text = gettext_lazy("The ID of the list, or of the piece.")

    def search(self, term: str) -> Q:
        return uuid(term, "batch") | key(term)


admin.site.register(ChangedInvitation, ChangeAdmin)
admin.site.register(CountedInvitation, CountedAdmin)
admin.site.register(InvitationTally, TallyAdmin)
