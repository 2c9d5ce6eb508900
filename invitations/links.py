"""The address of an invited person's page, and a text with it underneath."""

from django.http import HttpRequest
from django.urls import reverse

from communications.conf import setting
from communications.errors import InvalidMessage, NotConfigured
from communications.message_text import TEXT_LIMIT
from communications.sentences import Sentence

# Stands in a preview for the token that the invitation will get, and is as long as one.
TOKEN_TO_COME = "the-link-made-for-them"  # noqa: S105

_BLANK_LINE = "\n\n"


def base_url_of(request: HttpRequest) -> str:
    """Where people reach this server: PUBLIC_BASE_URL, or the host of the request while developing."""
    return public_base_url(request.build_absolute_uri("/"))


def public_base_url(otherwise: str) -> str:
    """PUBLIC_BASE_URL, or the host of the request that asked for the link; raises `NotConfigured` without either."""
    base = str(setting("PUBLIC_BASE_URL") or otherwise).rstrip("/")
    if not base:
        raise NotConfigured(
            Sentence("Set PUBLIC_BASE_URL in the backend: the link to the invitation needs an address.")
        )
    return base


def invitation_link(token: str, *, base_url: str) -> str:
    """`https://app.example.com/i/{token}/`"""
    return f"{public_base_url(base_url)}{reverse('guest-invitation', args=[token])}"


def with_link(words: str, link: str) -> str:
    """The words, a blank line and the link; raises `InvalidMessage` that says how much room the words have."""
    room = TEXT_LIMIT - beside_words(link)
    if len(words) > room:
        raise InvalidMessage(
            Sentence(
                "Shorten the message to %(room)d characters: it has %(count)d, and the invitation link takes the rest "
                "of the %(limit)d.",
                room=room,
                count=len(words),
                limit=TEXT_LIMIT,
            )
        )
    return beneath(words, link)


def beneath(words: str, link: str) -> str:
    """The words, a blank line and the link, however long they are."""
    return f"{words}{_BLANK_LINE}{link}"


def beside_words(link: str) -> int:
    """How many characters of a text the link takes."""
    return len(_BLANK_LINE) + len(link)
