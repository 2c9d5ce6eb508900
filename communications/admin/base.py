"""What every list and page here shares: read-only, raw data that can be read, and no counting of millions of rows."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.paginator import Paginator
from django.db.models import BinaryField, JSONField, Model, Q, QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

# A list ends here: whoever looks for something older searches or filters.
COUNTED = 10_000
_SHOWN_BEFORE_ACTING = 20
_LONGEST_KEY = 18

Show = Callable[[Any], Any]


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than a person would turn pages: `count(*)` over ten million rows takes seconds."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows.order_by()[:COUNTED].count() if isinstance(rows, QuerySet) else len(rows)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists by key, newest first; finds exactly, by an index; shows JSON as people read it.

    `search` makes the condition for what was typed. `related_lists` are (app_model, condition, label) of what belongs
    to a row, each a link on its page; `unseen` are columns that nobody needs to read.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    # Any other order would have to sort the whole table.
    sortable_by: ClassVar[tuple[str, ...]] = ()
    search_fields = ("pk",)
    related_lists: ClassVar[Sequence[tuple[str, str, Any]]] = ()
    unseen: ClassVar[Sequence[str]] = ()

    def search(self, term: str) -> Q:
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(self.search(term)) if term else queryset), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        columns = [column.name for column in self.opts.fields if not isinstance(column, BinaryField)]
        named = [name for name in self.fields or columns if isinstance(name, str) and name not in self.unseen]
        shown: list[Any] = [pretty(name) if self._is_json(name) else name for name in named]
        return [*shown, self.see_also] if self.related_lists else shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    @admin.display(description="See also")
    def see_also(self, row: Model) -> str:
        links = [
            (list_of(model, f"{condition}={row.pk}"), capfirst(label)) for model, condition, label in self.related_lists
        ]
        return format_html_join(" · ", '<a href="{}">{}</a>', [link for link in links if link[0]])

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def ask_first(
        self, request: HttpRequest, chosen: QuerySet[Any], *, action: str, question: str, lines: Iterable[str] = ()
    ) -> TemplateResponse | None:
        """Give the page that asks whether it is really meant; None once that was answered."""
        if request.POST.get("confirmed") == "yes":
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Are you sure?"),
            "question": question,
            "lines": list(lines) or [str(row) for row in chosen[:_SHOWN_BEFORE_ACTING]],
            "action": action,
            "checkbox": ACTION_CHECKBOX_NAME,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "admin/communications/confirm.html", context)

    def _is_json(self, name: str) -> bool:
        return any(column.name == name and isinstance(column, JSONField) for column in self.opts.fields)


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def pretty(name: str) -> Show:
    """A column of JSON, one value a line."""

    @admin.display(description=name.replace("_", " "))
    def show(row: Any) -> SafeString:
        return preformatted(json.dumps(getattr(row, name), indent=2, ensure_ascii=False))

    return show


def linked(name: str) -> Show:
    """A column of a list that leads to the row which it names."""

    @admin.display(description=name.replace("_", " "))
    def show(row: Any) -> str:
        other = getattr(row, name)
        if other is None:
            return "–"
        try:
            address = reverse(f"admin:{other._meta.app_label}_{other._meta.model_name}_change", args=[other.pk])
        except NoReverseMatch:
            return str(other)
        return format_html('<a href="{}">{}</a>', address, other)

    return show


def preformatted(text: str) -> SafeString:
    return format_html('<pre style="white-space: pre-wrap; overflow-wrap: anywhere; margin: 0">{}</pre>', text)


def list_of(model: str, query: str) -> str:
    """The address of a list, `model` as app_model; empty where there is none."""
    try:
        return f"{reverse(f'admin:{model}_changelist')}?{query}"
    except NoReverseMatch:
        return ""


def key(term: str, column: str = "pk") -> Q:
    """The row with this number as its key; none for anything else, or a number that no key has."""
    if term.isascii() and term.isdigit() and len(term) <= _LONGEST_KEY:
        return Q(**{column: int(term)})
    return Q(pk__in=[])


def uuid(term: str, column: str = "pk") -> Q:
    try:
        return Q(**{column: UUID(term)})
    except ValueError:
        return Q(pk__in=[])


class ChoiceFilter(admin.SimpleListFilter):
    """A filter whose choices are known, so that the table is not looked through for them."""

    column: ClassVar[str]
    choices_known: ClassVar[Sequence[tuple[str, str]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return self.choices_known

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset
