"""Who is asking: a Bearer token, or the session cookie of a user of ours.

A frontend API route on another server forwards the JSON body and the Cookie header, nothing else, so the usual CSRF
token cannot be asked for. A browser on another site is told by what browsers send by themselves.
"""

import re

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.request import Request

from communications.api import failed_sign_ins, token_uses

_OUR_OWN_PAGES = {"same-origin", "none"}
_ANOTHER_SITE = "A page of another site may not do this. Call from a page of this site, or with a token."


class BearerAuthentication(TokenAuthentication):  # type: ignore[misc]
    """`Authorization: Bearer <token>`, made by `manage.py create_api_token`."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def authenticate(self, request: Request) -> tuple[object, AuthToken] | None:
        """Look at each token, however many failed before: nobody guesses one, and callers may share an address."""
        try:
            authenticated: tuple[object, AuthToken] | None = super().authenticate(request)
        except AuthenticationFailed:
            if seconds := failed_sign_ins.seconds_to_wait(request._request):
                raise Throttled(wait=seconds) from None
            failed_sign_ins.record(request._request)
            raise
        if authenticated:
            token_uses.note(authenticated[1])
        return authenticated

    def authenticate_credentials(self, token: bytes) -> tuple[object, AuthToken]:
        # Our tokens are hex; anything else would reach the database as undecodable bytes.
        if not re.fullmatch(rb"[0-9a-f]{64}", token):
            raise AuthenticationFailed("Invalid token.")
        authenticated: tuple[object, AuthToken] = super().authenticate_credentials(token)
        return authenticated

    def _cleanup_token(self, auth_token: AuthToken) -> bool:
        """Refuse an expired token without knox's query for the user's other tokens."""
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()


class SameSiteSessionAuthentication(SessionAuthentication):
    """The session cookie, unless a browser says that another site is asking."""

    def enforce_csrf(self, request: HttpRequest | Request) -> None:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return
        django_request = request._request if isinstance(request, Request) else request
        fetch_site = django_request.headers.get("Sec-Fetch-Site", "none")
        if "Origin" in django_request.headers and not _is_our_origin(django_request):
            raise PermissionDenied(_ANOTHER_SITE)
        if fetch_site not in _OUR_OWN_PAGES:
            raise PermissionDenied(_ANOTHER_SITE)


def _is_our_origin(request: HttpRequest) -> bool:
    """Ask Django, which knows the host, the proxy's scheme and CSRF_TRUSTED_ORIGINS."""
    return CsrfViewMiddleware(lambda _request: None)._origin_verified(request)  # type: ignore[attr-defined, arg-type, no-any-return]
