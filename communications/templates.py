"""What Meta last said of a template, asked before each send: a mistake is our clear error, not Meta's 132001."""

from communications.errors import TemplateUnavailable
from communications.models import MessageTemplate

_USABLE = {"", "APPROVED", "REINSTATED", "FLAGGED", "UNPAUSED"}

_WHAT_TO_DO = {
    "PENDING": "Wait until Meta has reviewed it.",
    "REJECTED": "Change its text and submit it again.",
    "PAUSED": "Wait until Meta lifts the pause, or choose another template.",
    "DISABLED": "Write a new template with different text.",
    "DELETED": "Submit it anew: manage.py sync_message_templates.",
}


def require_usable(name: str, language: str) -> None:
    """Raise `TemplateUnavailable` if Meta said that this template cannot be sent; nothing heard is no objection."""
    known = MessageTemplate.objects.filter(name=name, language=language).first()
    if known is None or known.status in _USABLE:
        return
    advice = _WHAT_TO_DO.get(known.status, "Look at it in WhatsApp Manager.")
    status = known.status.lower().replace("_", " ")
    raise TemplateUnavailable(f"The message template {name} ({language}) is {status} at Meta. {advice}")
