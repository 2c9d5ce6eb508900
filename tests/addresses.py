"""Every address that the application answers at."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def addresses(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each address, as it is written and without the slash it begins with, and what is behind it."""
    for each in (resolver or get_resolver()).url_patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each, here)
        else:
            yield here, each
