"""Where the page of an invitation is, and what a person reads on a page."""

import re
from typing import Any

from invitations.models import Invitation


def page_of(invitation: Invitation) -> str:
    return f"/dashboard/invitations/{invitation.pk}/"


def text_of(response: Any) -> str:
    return words_of(response.content.decode())


def words_of(html: str) -> str:
    """What a person reads, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
