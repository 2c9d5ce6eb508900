"""SIGN_IN_FAILURE_RATE: failed sign-ins that one address may make, counted in the cache.

Only failures count: a frontend that forwards everybody's requests from one address is never limited by them.
"""

import contextlib
import logging
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from communications.conf import setting

logger = logging.getLogger(__name__)

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_to_wait(request: HttpRequest) -> int:
    """Return how long the caller's address has to wait before it may fail again: 0 if it may now."""
    allowed, period = _rate()
    try:
        failures = cache.get(_key(request, period), 0)
    except RedisError:
        logger.error("Redis did not answer: failed sign-ins are not limited")
        return 0
    return period - _now() % period if failures >= allowed else 0


def record(request: HttpRequest) -> None:
    """Count one failure of the caller's address."""
    _allowed, period = _rate()
    key = _key(request, period)
    # That Redis is gone was said when the count was asked for.
    with contextlib.suppress(RedisError):
        # Longer than the period that the key names, so that it cannot expire between the two.
        cache.add(key, 0, timeout=2 * period)
        cache.incr(key)


def _rate() -> tuple[int, int]:
    count, _slash, period = setting("SIGN_IN_FAILURE_RATE").partition("/")
    return int(count), _SECONDS[period[0]]


def _key(request: HttpRequest, period: int) -> str:
    return f"failed-sign-ins:{_network_of(request)}:{_now() // period}"


def _now() -> int:
    return int(timezone.now().timestamp())


def _network_of(request: HttpRequest) -> str:
    """The caller's IPv4 address, or the /64 of an IPv6 one: whoever has one of its addresses has them all."""
    address = _address(_forwarded_for(request)) or _address(request.META.get("REMOTE_ADDR", ""))
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((int(address), 64), strict=False).network_address)
    return str(address)


def _forwarded_for(request: HttpRequest) -> str:
    """What our own proxies saw: each adds one entry at the end, and everything before is what the caller claims."""
    if not setting("BEHIND_TLS_PROXY"):
        return ""
    entries = request.headers.get("X-Forwarded-For", "").split(",")
    ours: list[str] = entries[-setting("PROXY_COUNT") :]
    return ours[0].strip()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
