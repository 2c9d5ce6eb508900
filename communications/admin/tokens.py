"""The tokens of callers: whose, for what, until when."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken

from communications.api.scopes import record_creation

# Knox has registered its own, which shows no scopes.
admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):  # type: ignore[misc]
    list_display = ("user", "scopes", "created", "expiry", "token_key")
    list_select_related = ("user", "limited_to")

    def save_model(self, request: HttpRequest, obj: AuthToken, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            record_creation(obj, [], by=request.user)

    @admin.display(description="Scopes")
    def scopes(self, token: AuthToken) -> str:
        return str(token.limited_to) if hasattr(token, "limited_to") else "all"
