"""The tokens of callers: whose, for what, until when, and when they were last used."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken

from communications.admin.base import ReadOnlyAdmin, key, linked
from communications.api.scopes import record_creation, record_revocation, words_of
from communications.models import TokenScopes, TokenUse

# Knox has registered its own, which shows no scopes.
admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):  # type: ignore[misc]
    list_display = ("user", "scopes", "created", "last_used", "expiry", "token_key")
    list_select_related = ("user", "limited_to", "use")

    def save_model(self, request: HttpRequest, obj: AuthToken, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            record_creation(obj, [], by=request.user)

    def delete_model(self, request: HttpRequest, obj: AuthToken) -> None:
        record_revocation(obj, by=request.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[AuthToken]) -> None:
        for token in queryset:
            record_revocation(token, by=request.user)
        super().delete_queryset(request, queryset)

    @admin.display(description="Scopes")
    def scopes(self, token: AuthToken) -> str:
        return words_of(token)

    @admin.display(description="Last used")
    def last_used(self, token: AuthToken) -> str:
        return str(token.use) if hasattr(token, "use") else "never"


class _OfTokenAdmin(ReadOnlyAdmin):
    """What goes with its token, or with the token's user, and never alone: a token without scopes has all of them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        page = (request.resolver_match and request.resolver_match.url_name) or ""
        return obj is not None and not page.startswith(f"{self.opts.app_label}_{self.opts.model_name}_")


@admin.register(TokenScopes)
class TokenScopesAdmin(_OfTokenAdmin):
    list_display = ("pk", "scopes", linked("token"))
    list_select_related = ("token__user",)
    search_help_text = gettext_lazy("A username, or the ID of a user.")

    def search(self, term: str) -> Q:
        return Q(token__user__username=term) | key(term, "token__user")


@admin.register(TokenUse)
class TokenUseAdmin(_OfTokenAdmin):
    list_display = ("pk", "last_used_at", linked("token"))
    list_select_related = ("token__user",)
    search_help_text = gettext_lazy("A username, or the ID of a user.")

    def search(self, term: str) -> Q:
        return Q(token__user__username=term) | key(term, "token__user")
