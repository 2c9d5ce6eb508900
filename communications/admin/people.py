"""People, their names, and what they said about being written to; export and erasure of one of them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications import audit, erasure, personal_data
from communications.admin.base import ReadOnlyAdmin, ReadOnlyInline, key, linked
from communications.errors import WhatsAppError
from communications.models import ConsentRecord, Contact, ContactIdentity, ForgottenOptOut, IdentityConflict

_FORGOTTEN_AT_ONCE = 10
PERSON_HELP = gettext_lazy("A number, a user ID, or the ID of the contact.")


def people_named(term: str) -> list[int]:
    """The contacts that have this number, however it is written, or this user ID.

    Their keys and not a query: PostgreSQL then finds the rows of a large table by its indexes.
    """
    digits = re.sub(r"\D", "", term)
    spelled = {term} | (personal_data.spellings(f"+{digits}") if digits else set())
    live = ContactIdentity.objects.filter(kind__in=ContactIdentity.Kind.values, value__in=spelled, ended_at=None)
    return list(live.values_list("contact", flat=True))


def person(term: str, column: str = "contact") -> Q:
    return Q(**{f"{column}__in": people_named(term)}) | key(term, column)


class IdentityInline(ReadOnlyInline):
    model = ContactIdentity


class ConsentInline(ReadOnlyInline):
    model = ConsentRecord


class WishFilter(admin.SimpleListFilter):
    title = gettext_lazy("wish")
    parameter_name = "wish"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", _("No messages")), ("marketing", _("No marketing")), ("forgotten", _("Erased"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        columns = {"none": "opted_out_at", "marketing": "marketing_opted_out_at", "forgotten": "forgotten_at"}
        column = columns.get(self.value() or "")
        return queryset.filter(**{f"{column}__isnull": False}) if column else queryset


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "last_wrote_at", "opted_out_at", "marketing_opted_out_at", "forgotten_at", "created_at")
    list_filter = (WishFilter,)
    search_help_text = gettext_lazy("A number, a user ID, the ID of the contact, or the beginning of a name.")
    inlines = (IdentityInline, ConsentInline)
    actions = ("forget", "export")
    related_lists = (
        ("communications_message", "contact__id__exact", gettext_lazy("messages")),
        ("communications_inboundmessage", "contact__id__exact", gettext_lazy("received messages")),
        ("invitations_invitation", "contact__id__exact", gettext_lazy("invitations")),
        ("communications_identityconflict", "contact__id__exact", gettext_lazy("conflicts")),
    )

    def search(self, term: str) -> Q:
        return person(term, "pk") | Q(name__istartswith=term)

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("communications.delete_contact")

    def has_export_permission(self, request: HttpRequest) -> bool:
        names = ("contact", "contactidentity", "message", "inboundmessage", "consentrecord", "webhookevent")
        return request.user.has_perms([f"communications.view_{name}" for name in names])

    @admin.action(description=gettext_lazy("Forget this person"), permissions=["forget"])
    def forget(self, request: HttpRequest, chosen: QuerySet[Contact]) -> HttpResponse | None:
        """Erase people for good, after showing how much that is."""
        if chosen.count() > _FORGOTTEN_AT_ONCE:
            text = _("Choose %(count)d people at most: each is looked for in every stored webhook.")
            self.message_user(request, text % {"count": _FORGOTTEN_AT_ONCE}, messages.ERROR)
            return None
        question = _(
            "Everything about these people is erased for good, here and in Meta's contact book. Counts stay, and so "
            "does their wish not to be written to."
        )
        lines = () if request.POST.get("confirmed") else _what_would_go(chosen)
        if page := self.ask_first(request, chosen, action="forget", question=question, lines=lines):
            return page
        for contact in chosen:
            self._forget(request, contact)
        return None

    def _forget(self, request: HttpRequest, contact: Contact) -> None:
        try:
            erased = erasure.forget(contact, by=request.user)
        except (erasure.OnItsWay, WhatsAppError) as failure:
            text = _("Contact %(pk)s was not erased: %(why)s")
            self.message_user(request, text % {"pk": contact.pk, "why": failure}, messages.ERROR)
        else:
            text = _("Contact %(pk)s is forgotten.") % {"pk": contact.pk}
            self.message_user(request, " ".join([text, *erased.notes]), messages.SUCCESS)

    @admin.action(description=gettext_lazy("Export what is kept about this person"), permissions=["export"])
    def export(self, request: HttpRequest, chosen: QuerySet[Contact]) -> HttpResponse | None:
        contact = chosen.first()
        if contact is None or chosen.count() != 1:
            self.message_user(request, _("Choose one person: an export is for them alone."), messages.ERROR)
            return None
        text = json.dumps(personal_data.export(contact), indent=2, ensure_ascii=False, default=str)
        audit.record(audit.Action.EXPORTED, by=request.user, subject=f"contact {contact.pk}")
        return HttpResponse(
            text,
            content_type="application/json; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="contact-{contact.pk}.json"'},
        )


def _what_would_go(chosen: QuerySet[Contact]) -> Iterator[str]:
    for contact in chosen:
        counts = ", ".join(f"{count} {kind}" for kind, count in erasure.preview(contact).items() if count)
        yield f"{contact} ({contact.pk}): {counts}"


@admin.register(ContactIdentity)
class ContactIdentityAdmin(ReadOnlyAdmin):
    list_display = ("value", "kind", linked("contact"), "evidence", "learned_at", "ended_at")
    list_filter = ("kind",)
    list_select_related = ("contact",)
    search_help_text = PERSON_HELP

    def search(self, term: str) -> Q:
        return person(term)


@admin.register(IdentityConflict)
class IdentityConflictAdmin(ReadOnlyAdmin):
    list_display = ("noticed_at", "kind", "value", linked("contact"), linked("holder"), "evidence")
    list_filter = ("kind",)
    list_select_related = ("contact", "holder")
    date_hierarchy = "noticed_at"
    search_help_text = PERSON_HELP

    def search(self, term: str) -> Q:
        return person(term) | person(term, "holder")


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    list_display = ("at", linked("contact"), "kind", "scope", "source", "text", linked("stated_by"))
    list_filter = ("kind", "scope", "source")
    list_select_related = ("contact", "stated_by")
    search_help_text = gettext_lazy("A number, a user ID, the ID of the contact, or the evidence, such as a wamid.")

    def search(self, term: str) -> Q:
        return person(term) | Q(evidence=term)


@admin.register(ForgottenOptOut)
class ForgottenOptOutAdmin(ReadOnlyAdmin):
    list_display = ("at", "scope", "source", "digest")
    list_filter = ("scope", "source")
    search_help_text = gettext_lazy("The whole hash.")

    def search(self, term: str) -> Q:
        return Q(digest=term)
