"""`/healthz` and `/readyz` before all else: no host name, redirect, session or sign-in stands between."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from communications import readiness


class ProbesMiddleware:
    """First in MIDDLEWARE."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in readiness.PATHS or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        status, body = (200, readiness.alive()) if request.path_info == "/healthz" else readiness.ready()
        return HttpResponse(body, status=status, content_type="application/json", headers={"Cache-Control": "no-store"})
