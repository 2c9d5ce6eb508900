"""What a page tells its reader to do about an invitation that did not go out."""

from typing import Any

from django.utils.translation import gettext as _

from communications.errors import NotConfigured, SendFailed, WhatsAppError
from communications.meta_codes import MetaCode, Move, explain
from communications.said import said


def advice_for(reader: Any, failure: WhatsAppError) -> str:
    """What `reader` can do: only staff are told what Dott's own team has to put right."""
    if reader.is_staff:
        return said(failure.detail)
    meaning = _meaning(failure)
    if meaning and meaning.move in {Move.OPERATOR, Move.DEVELOPER}:
        return f"{said(meaning.meaning)} {_left_to_the_team()}"
    if isinstance(failure, NotConfigured):
        return _("WhatsApp is not set up yet.") + f" {_left_to_the_team()}"
    return said(failure.detail)


def _meaning(failure: WhatsAppError) -> MetaCode | None:
    """What Meta said, where it said anything."""
    is_metas = failure.meta_code is not None or isinstance(failure, SendFailed)
    return explain(failure.meta_code) if is_metas else None


def _left_to_the_team() -> str:
    return _("Dott's team has to put this right.")
