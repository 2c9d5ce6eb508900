"""How an answer is judged: what may come back without anything being wrong."""

from collections.abc import Collection
from http.cookiejar import Cookie
from typing import Any

from requests.cookies import RequestsCookieJar

# Somebody has opted out, was invited already, or is too fast: the day has such moments.
TURNED_AWAY = frozenset({409, 429})


def judge(response: Any, *expected: int, refusals: Collection[int] = ()) -> bool:
    """Tell Locust whether this answer is right; return whether it is one of `expected`."""
    if response.status_code in expected:
        response.success()
        return True
    if response.status_code in refusals:
        response.success()
    else:
        response.failure(f"{response.status_code} {response.text or getattr(response, 'error', '')}"[:300])
    return False


class CookiesWithoutTLS(RequestsCookieJar):
    """Production's cookies are for https only; here is no TLS, and no proxy that ends it."""

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> Any:
        cookie.secure = False
        return super().set_cookie(cookie, *args, **kwargs)
