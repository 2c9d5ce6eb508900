"""The sending number: open, or paused because Meta refused it as a whole.

A pause by a refused send holds until the token in the settings changes or `manage.py resume_channel` is run; a pause by
an event of the account until Meta takes it back, or the same command. Until then every send would only be refused
again, and Meta counts refusals. A person may pause it too; that only a person lifts.
"""

import logging
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac

from communications import broker, signals
from communications.errors import ChannelPaused, PausedByPerson
from communications.models import Channel

logger = logging.getLogger(__name__)

_ACCOUNT_RESTRICTED = 131031


def require_open(phone_number_id: str, access_token: str, *, about_to_send: bool = False) -> None:
    """Raise `ChannelPaused` if Meta has refused this number with this token, or restricted the account.

    Raise `PausedByPerson` if somebody has paused it.

    With `about_to_send`, a pause that a renewed token has lifted is also taken back.
    """
    paused = _paused(phone_number_id)
    why = _why(paused, access_token)
    if why == "person":
        raise PausedByPerson
    if paused and why:
        raise ChannelPaused(meta_code=paused.paused_by_code)
    if paused and about_to_send:
        resume(phone_number_id)


def why_paused(phone_number_id: str, access_token: str) -> str:
    """Who keeps this number from sending with this token: `person`, `account_event`, `refused`; empty if nobody."""
    return _why(_paused(phone_number_id), access_token)


def pause(phone_number_id: str, access_token: str, *, meta_code: int | None) -> None:
    """Stop sending from this number with this token; a pause by an event of the account is stronger, and stays."""
    if Channel.objects.filter(pk=phone_number_id, paused_at__isnull=False).exclude(paused_by_event="").exists():
        return
    _pause(phone_number_id, paused_by_code=meta_code, refused_token_hash=_hash(access_token))
    logger.error("Channel %s paused by Meta's code %s", phone_number_id, meta_code)


def pause_by_failure(phone_number_id: str, access_token: str, *, meta_code: int | None, at: datetime) -> None:
    """As `pause`, for what Meta took and failed at `at`: nothing new while paused, or if it was resumed since."""
    says_nothing_new = Q(paused_at__isnull=False) | Q(resumed_at__gte=at)
    if not Channel.objects.filter(says_nothing_new, pk=phone_number_id).exists():
        pause(phone_number_id, access_token, meta_code=meta_code)


def pause_by_event(phone_number_id: str, event: str) -> None:
    """Stop sending from this number, whatever the token: Meta has restricted the account."""
    _pause(phone_number_id, paused_by_code=_ACCOUNT_RESTRICTED, paused_by_event=event[:60])
    logger.error("Channel %s paused by Meta's event %s", phone_number_id, event)


def pause_by_person(phone_number_id: str, name: str) -> None:
    """Stop sending from this number until a person resumes it, whatever Meta says meanwhile."""
    Channel.objects.get_or_create(pk=phone_number_id)
    Channel.objects.filter(pk=phone_number_id).update(
        paused_at=Coalesce("paused_at", timezone.now()), paused_by=name[:150]
    )
    logger.warning("Channel %s paused by a person", phone_number_id)
    signals.send_after_commit(signals.channel_paused, Channel, phone_number_id=phone_number_id, meta_code=None)


def resume_after_event(phone_number_id: str) -> None:
    """Send again if it was an event of the account that stopped it, and no person has."""
    paused_by_a_person = Channel.objects.filter(pk=phone_number_id).exclude(paused_by="")
    if paused_by_a_person.update(paused_by_code=None, paused_by_event=""):
        return
    if Channel.objects.filter(pk=phone_number_id).exclude(paused_by_event="").exists():
        resume(phone_number_id)


def resume(phone_number_id: str) -> bool:
    """Send again from this number; say whether it was paused."""
    resumed = Channel.objects.filter(pk=phone_number_id, paused_at__isnull=False).update(
        paused_at=None, paused_by_code=None, paused_by_event="", paused_by="", refused_token_hash="",
        resumed_at=timezone.now(),
    )  # fmt: skip
    if resumed:
        logger.info("Channel %s resumed", phone_number_id)
        broker.ring(broker.QUEUED_MESSAGES)
        signals.send_after_commit(signals.channel_resumed, Channel, phone_number_id=phone_number_id)
    return bool(resumed)


def _pause(phone_number_id: str, **why: Any) -> None:
    Channel.objects.update_or_create(
        pk=phone_number_id,
        defaults={"paused_at": timezone.now(), "paused_by_event": "", "refused_token_hash": "", **why},
    )
    signals.send_after_commit(
        signals.channel_paused, Channel, phone_number_id=phone_number_id, meta_code=why["paused_by_code"]
    )


def _paused(phone_number_id: str) -> Channel | None:
    return Channel.objects.filter(pk=phone_number_id, paused_at__isnull=False).first()


def _why(paused: Channel | None, access_token: str) -> str:
    if paused is None:
        return ""
    if paused.paused_by:
        return "person"
    if paused.paused_by_event:
        return "account_event"
    return "refused" if paused.refused_token_hash == _hash(access_token) else ""


def _hash(access_token: str) -> str:
    return salted_hmac("communications.channel", access_token, algorithm="sha256").hexdigest()
