"""The sending number: open, or paused because Meta refused it as a whole.

A pause holds until the token in the settings changes or `manage.py resume_channel` is run: until then every send
would only be refused again, and Meta counts refusals.
"""

import logging

from django.utils import timezone
from django.utils.crypto import salted_hmac

from communications.errors import ChannelPaused
from communications.models import Channel

logger = logging.getLogger(__name__)


def require_open(phone_number_id: str, access_token: str) -> None:
    """Raise `ChannelPaused` if Meta has refused this number with this token."""
    paused = Channel.objects.filter(pk=phone_number_id, paused_at__isnull=False).first()
    if paused is None:
        return
    if paused.refused_token_hash == _hash(access_token):
        raise ChannelPaused(meta_code=paused.paused_by_code)
    resume(phone_number_id)


def pause(phone_number_id: str, access_token: str, *, meta_code: int | None) -> None:
    """Stop sending from this number with this token."""
    Channel.objects.update_or_create(
        pk=phone_number_id,
        defaults={
            "paused_at": timezone.now(),
            "paused_by_code": meta_code,
            "refused_token_hash": _hash(access_token),
        },
    )
    logger.error("Channel %s paused by Meta's code %s", phone_number_id, meta_code)


def resume(phone_number_id: str) -> bool:
    """Send again from this number; say whether it was paused."""
    resumed = Channel.objects.filter(pk=phone_number_id, paused_at__isnull=False).update(
        paused_at=None, paused_by_code=None, refused_token_hash=""
    )
    if resumed:
        logger.info("Channel %s resumed", phone_number_id)
    return bool(resumed)


def _hash(access_token: str) -> str:
    return salted_hmac("communications.channel", access_token, algorithm="sha256").hexdigest()
