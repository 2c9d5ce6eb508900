"""What is counted for analytics: what is to be counted anew, what each thing is counted as, and how many there are."""

from datetime import date

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from communications.admin.base import ReadOnlyAdmin, key, uuid
from communications.models import ChangedMessage, CountedMessage, MessageTally


class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("noted_at", "changed_id")
    search_help_text = gettext_lazy("The ID of what changed.")

    def search(self, term: str) -> Q:
        return uuid(term, "changed_id") | key(term)


class CountedAdmin(ReadOnlyAdmin):
    list_display = ("id", "day", "sender", "template", "country", "campaign", "facts")
    search_help_text = gettext_lazy("The ID of what is counted.")

    def search(self, term: str) -> Q:
        return uuid(term)


class TallyAdmin(ReadOnlyAdmin):
    list_display = ("day", "told_apart", "sender", "template", "country", "campaign", "total")
    search_help_text = gettext_lazy("A day: 2026-11-22. Or a template, a campaign, or the key of a sender.")

    def search(self, term: str) -> Q:
        named = Q(template=term) | Q(campaign=term) | Q(sender=term)
        try:
            return named | Q(day=date.fromisoformat(term))
        except ValueError:
            return named


admin.site.register(ChangedMessage, ChangeAdmin)
admin.site.register(CountedMessage, CountedAdmin)
admin.site.register(MessageTally, TallyAdmin)
