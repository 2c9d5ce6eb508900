import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils import translation

logger = logging.getLogger(__name__)


# Bytes of a form: the longest text, in letters that a form writes with nine bytes each, fits many times.
FORM_LIMIT = 1024 * 1024

# What programs read, and compare.
_ALWAYS_ENGLISH = ("/api/", "/metrics")


class LanguageMiddleware(LocaleMiddleware):
    """Pages are in the language that the reader chose, or that the browser asks for; the API is in English."""

    def process_request(self, request: HttpRequest) -> None:
        if not request.path_info.startswith(_ALWAYS_ENGLISH):
            return super().process_request(request)
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path_info.startswith(_ALWAYS_ENGLISH):
            return response
        return super().process_response(request, response)


class BodyLimitMiddleware:
    """Refuse a body by its declared size, before the form in it is read: Django writes files to disk without a bound.

    A view with a `body_limit` of its own, in bytes, answers for itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if hasattr(view, "body_limit") or hasattr(getattr(view, "view_class", None), "body_limit"):
            return None
        declared = request.headers.get("Content-Length") or "0"
        if declared.isdecimal() and int(declared) <= FORM_LIMIT:
            return None
        return render(request, "413.html", status=413)


class DatabaseUnavailableMiddleware:
    """Answer 503 in plain words when the database is gone or locked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.error("The database did not answer: %s", type(exception).__name__)
        response = render(request, "503.html", status=503)
        response["Retry-After"] = "5"
        return response
