"""What both doors decide before anything is stored: Meta's handshake, a body's size, its signature."""

import hmac
import logging

from django.http import QueryDict

from communications.conf import setting
from communications.metrics import WEBHOOKS_PUT_OFF, WEBHOOKS_REFUSED
from communications.webhooks.signature import is_signed_by_meta

logger = logging.getLogger(__name__)

SIGNATURE_HEADER = "X-Hub-Signature-256"
# Meta posts up to 3 MB at once.
BODY_LIMIT = 4 * 1024 * 1024
# What Meta is told when the database is gone. It tries again on its own schedule, for 7 days.
RETRY_AFTER_SECONDS = 5


def handshake_challenge(query: QueryDict) -> str | None:
    """Return the challenge that Meta wants to see again, or None if it does not know our verify token."""
    expected = setting("WHATSAPP_WEBHOOK_VERIFY_TOKEN")
    given = query.get("hub.verify_token", "")
    known = bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
    if query.get("hub.mode") != "subscribe" or not known:
        logger.warning("Webhook handshake refused: the verify token is not ours")
        return None
    return query.get("hub.challenge", "")


def refuse_unsigned(body: bytes, signature: str) -> int | None:
    """Return None if Meta signed `body`; otherwise 401 without a signature, 403 with a wrong one."""
    if is_signed_by_meta(body, signature, setting("WHATSAPP_APP_SECRET")):
        return None
    return _refuse(403, "wrong_signature") if signature else _refuse(401, "unsigned")


def refuse_too_large(size: int) -> int | None:
    """Return 413 if a body of `size` bytes is more than Meta would ever post."""
    return _refuse(413, "too_large") if size > BODY_LIMIT else None


def put_off() -> int:
    """Return 503, with which Meta sends it again later."""
    WEBHOOKS_PUT_OFF.inc()
    return 503


def _refuse(status: int, reason: str) -> int:
    logger.warning("Webhook refused: %s", reason.replace("_", " "))
    WEBHOOKS_REFUSED.labels(reason).inc()
    return status
