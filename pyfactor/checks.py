"""System checks of a deployment: what would endanger accounts, tokens or the people we write to stops the start."""

import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from communications.conf import DEFAULTS

# What a machine tries in years, not in hours.
_KEY_LENGTH, _KEY_CHARACTERS = 32, 5


@register()
def check_secret_key(**kwargs: Any) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    is_known = key == settings.KNOWN_SECRET_KEY or key.startswith("django-insecure-")
    if settings.DEBUG or not (is_known or len(key) < _KEY_LENGTH or len(set(key)) < _KEY_CHARACTERS):
        return []
    return [
        Error(
            "SECRET_KEY can be known or guessed: whoever does signs in as anybody.",
            hint="Set it to the output of: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="pyfactor.E001",
        )
    ]


@register()
def check_debug(**kwargs: Any) -> list[CheckMessage]:
    if not (settings.DEBUG and settings.ON_RENDER):
        return []
    return [
        Error(
            "DEBUG=1 on Render would show settings and code to everybody who meets an error.",
            hint="Remove DEBUG from the environment of this service.",
            id="pyfactor.E002",
        )
    ]


@register()
def check_links(**kwargs: Any) -> list[CheckMessage]:
    url = urlsplit(settings.PUBLIC_BASE_URL)
    if settings.DEBUG or url.scheme != "http" or _is_this_machine(url.hostname):
        return []
    return [
        Error(
            "PUBLIC_BASE_URL begins with http://: everybody on the way could read the links that open invitations.",
            hint="Write it with https://.",
            id="pyfactor.E003",
        )
    ]


@register()
def check_graph_api(**kwargs: Any) -> list[CheckMessage]:
    url = urlsplit(settings.WHATSAPP_GRAPH_API_URL)
    is_meant = settings.WHATSAPP_ALLOW_OTHER_GRAPH_API or _is_this_machine(url.hostname)
    if settings.DEBUG or leads_to_meta() or is_meant:
        return []
    return [
        Error(
            f"WHATSAPP_GRAPH_API_URL leads to {url.scheme}://{url.hostname}, which would get the access token and "
            "every message.",
            hint="Leave it empty for Meta, or set WHATSAPP_ALLOW_OTHER_GRAPH_API=1 if it is meant.",
            id="pyfactor.E004",
        )
    ]


@register()
def check_broker_url(**kwargs: Any) -> list[CheckMessage]:
    url = settings.CELERY_BROKER_URL
    if not url or re.match(r"(rediss?|redis\+socket|sentinel|amqps?)://.", url):
        return []
    return [
        Error(
            "CELERY_BROKER_URL does not begin with redis://, rediss://, sentinel://, amqp:// or amqps://.",
            hint="Leave it empty to use REDIS_URL, or write it like amqp://user:password@host:5672/name.",
            id="pyfactor.E005",
        )
    ]


def leads_to_meta() -> bool:
    """Whether messages go to Meta itself, and nobody on the way can read them."""
    url = urlsplit(settings.WHATSAPP_GRAPH_API_URL)
    return (url.scheme, url.hostname) == ("https", urlsplit(DEFAULTS["WHATSAPP_GRAPH_API_URL"]).hostname)


def _is_this_machine(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
