"""The sign-in pages: Django's own, with a limit on failures."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from communications.api import failed_sign_ins


class LimitsFailures(AuthenticationForm):
    """Looks at no password while the address has to wait, and counts the wrong ones."""

    seconds_to_wait = 0

    def clean(self) -> dict[str, Any]:
        assert self.request is not None  # noqa: S101  (both views give it)
        self.seconds_to_wait = failed_sign_ins.seconds_to_wait(self.request)
        if self.seconds_to_wait:
            raise ValidationError(_wait(self.seconds_to_wait), code="too_many_failures")
        try:
            return super().clean()
        except ValidationError:
            failed_sign_ins.record(self.request)
            raise


class AdminSignInForm(LimitsFailures, AdminAuthenticationForm):
    """The same for `/admin/login/`."""


class SignInView(LoginView):
    """`/accounts/login/`"""

    form_class = LimitsFailures
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return _answered_429(super().form_invalid(form), form)


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """`/admin/login/`"""
    response = admin.site.login(request)
    context = getattr(response, "context_data", None) or {}
    return _answered_429(response, context.get("form"))


def _answered_429(response: HttpResponse, form: AuthenticationForm | None) -> HttpResponse:
    if isinstance(form, LimitsFailures) and form.seconds_to_wait:
        response.status_code = 429
        response["Retry-After"] = str(form.seconds_to_wait)
    return response


def _wait(seconds: int) -> str:
    return ngettext(
        "Too many failed sign-ins from your address. Wait %(seconds)d second and try again.",
        "Too many failed sign-ins from your address. Wait %(seconds)d seconds and try again.",
        seconds,
    ) % {"seconds": seconds}
