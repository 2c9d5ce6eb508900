"""The same `Idempotency-Key` from the same caller: one message, and the same answer each time.

A request reserves its key, names the message before it can leave, and keeps or releases the key with its answer. If
the process dies in between, the row says how far it got: without a message the key is free again after a while, with
one it stands for "may have been sent".
"""

import hashlib
import json
import re
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from communications.errors import IdempotencyConflict, IdempotencyKeyReused, InvalidIdempotencyKey
from communications.models import IdempotencyKey, Message

KEPT_FOR = timedelta(hours=24)
# Longer than any request takes: a few tries of 13 s each and 5 s of pauses between them.
_RUNNING_LIMIT = timedelta(seconds=90)
# Meta's answers are kept, and that a message waits; what was refused before one could leave may be tried again.
_KEPT_STATUSES = {200, 202, 502, 504}


def check_key(key: str) -> None:
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise InvalidIdempotencyKey


def reserve(user: Any, key: str, request: object) -> IdempotencyKey:
    """Take the key for this request, or return the row of the request that had it before.

    Raises `IdempotencyConflict` while that one is running and `IdempotencyKeyReused` if it asked for something else.
    """
    check_key(key)
    fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    now = timezone.now()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user=user, key=key, fingerprint=fingerprint, started_at=now)
    except IntegrityError:
        return _earlier(user, key, fingerprint)


def name_message(reservation: IdempotencyKey, message: Message) -> None:
    """Say which message the request is about to send; call it in the transaction that writes the message."""
    reservation.message = message
    reservation.save(update_fields=["message"])


def settle(reservation: IdempotencyKey, status: int, answer: object) -> None:
    """Keep the answer for 24 hours, or release the key where nothing could leave."""
    # A request that was so slow that another took its key over has no say any more.
    ours = IdempotencyKey.objects.filter(pk=reservation.pk, started_at=reservation.started_at)
    if status in _KEPT_STATUSES:
        ours.update(answer_status=status, answer=answer)
    else:
        ours.delete()


def _earlier(user: Any, key: str, fingerprint: str) -> IdempotencyKey:
    earlier = IdempotencyKey.objects.select_related("message").filter(user=user, key=key).first()
    if earlier is None:
        raise IdempotencyConflict
    if _is_over(earlier):
        return _taken_over(earlier, fingerprint)
    if earlier.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if earlier.answer_status is None and not _died_after_naming(earlier):
        raise IdempotencyConflict
    return earlier


def _is_over(earlier: IdempotencyKey) -> bool:
    age = timezone.now() - earlier.started_at
    died_before_a_message = earlier.answer_status is None and earlier.message_id is None and age > _RUNNING_LIMIT
    return age > KEPT_FOR or died_before_a_message


def _died_after_naming(earlier: IdempotencyKey) -> bool:
    return earlier.message_id is not None and timezone.now() - earlier.started_at > _RUNNING_LIMIT


def _taken_over(earlier: IdempotencyKey, fingerprint: str) -> IdempotencyKey:
    """Start again under the same key; only one of several callers gets it."""
    now = timezone.now()
    taken = IdempotencyKey.objects.filter(pk=earlier.pk, started_at=earlier.started_at).update(
        started_at=now, fingerprint=fingerprint, message=None, answer_status=None, answer=None
    )
    if not taken:
        raise IdempotencyConflict
    return IdempotencyKey.objects.get(pk=earlier.pk)
