"""What is counted for analytics, and what waits to be counted: raw, for whoever doubts a number."""

from datetime import date

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from communications.admin.base import ReadOnlyAdmin, uuid
from communications.dimensions import TOLD_APART, name_of
from communications.models import ChangedMessage, CountedMessage, MessageTally


class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("id", "changed_id", "noted_at")
    search_help_text = gettext_lazy("The ID of what has changed.")

    def search(self, term: str) -> Q:
        return uuid(term, "changed_id")


class CountedAdmin(ReadOnlyAdmin):
    list_display = ("id", "day", "sender", "template", "country", "campaign", "facts")
    search_help_text = gettext_lazy("The ID of what is counted.")

    def search(self, term: str) -> Q:
        return uuid(term)


class TallyAdmin(ReadOnlyAdmin):
    list_display = ("id", "day", "sender", "template", "country", "campaign", "total")
    search_help_text = gettext_lazy("A day, such as 2026-11-22.")

    def search(self, term: str) -> Q:
        try:
            day = date.fromisoformat(term)
        except ValueError:
            return Q(pk__in=[])
        return Q(day=day, told_apart__in=[name_of(told_apart) for told_apart in TOLD_APART])


admin.site.register(ChangedMessage, ChangeAdmin)
admin.site.register(CountedMessage, CountedAdmin)
admin.site.register(MessageTally, TallyAdmin)
