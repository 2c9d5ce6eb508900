"""What an invited person reads, and where their invitation stands."""

import re
from typing import Any

from invitations.models import Invitation


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<(?!/?bdi)[^>]+>", " ", response.content.decode())).replace("&#x27;", "'")


def state_of(invitation: Invitation) -> str:
    invitation.refresh_from_db()
    return invitation.state
