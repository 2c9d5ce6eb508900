"""A Message row to the wire and back: send, record, and say honestly what is known.

Three ends: accepted; failed, which is certainly not sent; unconfirmed, which nobody may send again blindly.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from communications import campaigns, channel, consent, daily_limit, measures, queue, rate_limits, retries, signals
from communications.contacts import Person, Sighting, recognise
from communications.errors import (
    ChannelPaused,
    Congested,
    DeliveryUnconfirmed,
    NotSentInTime,
    RateLimited,
    WhatsAppError,
)
from communications.graph import payloads
from communications.graph.client import Credentials, GraphClient
from communications.graph.protocol import Accepted, read_send_answer
from communications.models import Message, MessageStatus, Status
from communications.sentences import Sentence

logger = logging.getLogger(__name__)

# How long a caller is kept waiting while Meta limits us, in seconds.
INLINE_BUDGET = 5.0
# Longer than any attempt takes: a few tries of 13 s each and the pauses between them.
ABANDONED_AFTER = timedelta(minutes=3)


def deliver(message: Message, *, credentials: Credentials, client: GraphClient) -> Accepted:
    """Send `message`, whose row is committed with status sending, and record what came of it.

    Raises what `graph/protocol.py` and `graph/client.py` raise; the row says the same when it does.
    """
    try:
        accepted = _send(message, credentials, client)
    except WhatsAppError as failure:
        _record_failure(message, failure, credentials)
        raise
    _record_accepted(message, accepted)
    return accepted


def _send(message: Message, credentials: Credentials, client: GraphClient) -> Accepted:
    """Send, and while Meta limits us try again for as long as a caller can be kept waiting."""
    body = payloads.envelope(
        message.content,
        to=message.to_number,
        user_id=message.to_user_id,
        message_id=str(message.pk),
        reply_to=message.reply_to,
    )
    daily_limit.require_room(message)
    number = credentials.phone_number_id
    waited, attempt = _wait_for_a_slot(message, number), 0
    while True:
        try:
            return read_send_answer(client.post_message(credentials, body))
        except RateLimited as limited:
            pause = _pause(limited, attempt)
            if limited.meta_code != retries.PAIR_LIMIT:
                rate_limits.slow_down(number)
            # The first moment of the pace is never more than this away while only the queue sends.
            left = INLINE_BUDGET + rate_limits.AHEAD - waited - pause
            limited.retry_after = pause
            if left < 0:
                raise
            time.sleep(pause)
            wait = rate_limits.take_one(number, within=left)
            if wait is None:
                raise
        if wait:
            time.sleep(wait)
        waited, attempt = waited + pause + wait, attempt + 1


def _wait_for_a_slot(message: Message, number: str) -> float:
    """Keep the pace that the queue keeps too, but go before it; return the seconds that it took.

    Raises `Congested` if it would take longer than a caller can be kept waiting.
    """
    [too_soon] = rate_limits.pairs(number, [message.to_number or message.to_user_id])
    if too_soon:
        raise Congested("This person got too many messages in a short time. Try again later.", retry_after=too_soon)
    wait = rate_limits.take_one(number, within=INLINE_BUDGET)
    if wait is None:
        raise Congested("More messages are waiting than may leave in a few seconds.", retry_after=INLINE_BUDGET)
    if wait:
        time.sleep(wait)
    return wait


def _pause(limited: RateLimited, attempt: int) -> float:
    """Seconds to wait. Meta's advice for one recipient is 4^n; for the number, half a second and doubling."""
    backoff = 4.0**attempt if limited.meta_code == retries.PAIR_LIMIT else 0.5 * 2.0**attempt
    return max(backoff, limited.retry_after or 0.0)


def _record_accepted(message: Message, accepted: Accepted) -> None:
    status = Status.HELD if accepted.held else Status.ACCEPTED
    try:
        with transaction.atomic():
            # A webhook that came first has set the wamid too.
            _advance(message, status, wamid=accepted.wamid)
            measures.accepted([(message.created_at, timezone.now())], way="direct")
    except (DatabaseError, InterfaceError) as exc:
        # Meta has the message; a status that carries our ID will bring the row up to date.
        logger.exception("Message %s was accepted by Meta but could not be recorded", message.pk)
        raise DeliveryUnconfirmed(Sentence("WhatsApp took the message, but it could not be recorded.")) from exc
    message.status, message.wamid = status, accepted.wamid
    if accepted.wa_id and accepted.wa_id != message.to_number.removeprefix("+"):
        _learn_spelling(message, accepted)


def _learn_spelling(message: Message, accepted: Accepted) -> None:
    """Brazilian and Mexican numbers come back spelt otherwise: keep WhatsApp's spelling beside ours."""
    person = Person(wa_id=accepted.wa_id, user_id=accepted.user_id)
    try:
        with transaction.atomic():
            recognise([Sighting(person, "answer", message.contact)])
    except (DatabaseError, InterfaceError):
        # The first status says it again.
        logger.warning("WhatsApp's name for the recipient of message %s could not be kept", message.pk)


def _record_failure(message: Message, failure: WhatsAppError, credentials: Credentials) -> None:
    status = Status.UNCONFIRMED if isinstance(failure, DeliveryUnconfirmed) else Status.FAILED
    logger.warning("Message %s is %s: %s, Meta's code %s", message.pk, status, failure.code, failure.meta_code)
    try:
        with transaction.atomic():
            _advance(message, status, **queue.failure_fields(failure))
            if status is Status.FAILED:
                measures.failed([(failure.meta_code, failure.code)])
            if isinstance(failure, ChannelPaused):
                channel.pause(credentials.phone_number_id, credentials.access_token, meta_code=failure.meta_code)
            if failure.meta_code == consent.STOPPED_MARKETING:
                consent.record([consent.refused_marketing(message)])
    except (DatabaseError, InterfaceError):
        # The caller gets the true answer all the same; the row still says "sending".
        logger.exception("The failure of message %s could not be recorded", message.pk)


def put_back(message: Message) -> None:
    """Let a message that was prepared and not delivered wait in the queue."""
    Message.objects.filter(pk=message.pk, status=Status.SENDING).update(status=Status.QUEUED, sending_since=None)


@transaction.atomic
def settle_abandoned() -> int:
    """Call unconfirmed what a process that died was sending: nobody knows whether it left. Returns how many."""
    abandoned = Message.objects.select_for_update(skip_locked=True).filter(
        status=Status.SENDING, sending_since__lt=Now() - ABANDONED_AFTER
    )
    failure = DeliveryUnconfirmed(Sentence("The process that was sending it stopped."))
    found = list(abandoned.order_by("pk"))
    for message in found:
        _advance(message, Status.UNCONFIRMED, **queue.failure_fields(failure))
    if found:
        left = [message.pk for message in found]
        signals.send_after_commit(signals.messages_left, Message, message_ids=left)
    return len(found)


def settle_restored() -> int:
    """Call unconfirmed what may have left between a backup and the day it was restored. Returns how many.

    To be done before anything sends again. What is planned for later has not left, and stays in the queue.
    """
    could_have_gone = Q(status=Status.SENDING) | Q(status=Status.QUEUED) & (Q(due_at=None) | Q(due_at__lte=Now()))
    failure = DeliveryUnconfirmed(Sentence("The database was restored from a backup: it may have left since."))
    settled = 0
    while portion := _call_unconfirmed(Message.objects.filter(could_have_gone), failure):
        settled += portion
    return settled


@transaction.atomic
def _call_unconfirmed(messages: QuerySet[Message], failure: DeliveryUnconfirmed) -> int:
    portion = list(messages.order_by("pk").values_list("pk", flat=True)[: queue.PORTION])
    Message.objects.filter(pk__in=portion).update(status=Status.UNCONFIRMED, **queue.failure_fields(failure))
    steps = [MessageStatus(message_id=pk, status=Status.UNCONFIRMED, at=timezone.now()) for pk in portion]
    MessageStatus.objects.bulk_create(steps, ignore_conflicts=True)
    return len(portion)


def expire_queued() -> int:
    """Give up a portion of what was not sent in time, or was cancelled. Returns how many."""
    return queue.give_up(queue.late(), NotSentInTime()) + campaigns.give_up_cancelled()


def _advance(message: Message, status: Status, *, meta_code: int | None = None, **fields: Any) -> None:
    """Move the row up to `status` with what explains it, unless a webhook has already moved it further."""
    moved = Message.objects.filter(pk=message.pk, status__in=status.may_follow()).update(
        status=status, meta_code=meta_code, **fields
    )
    MessageStatus.objects.bulk_create(
        [MessageStatus(message=message, status=status, at=timezone.now(), meta_code=meta_code)],
        ignore_conflicts=True,
    )
    if moved:
        signals.send_after_commit(
            signals.message_status_changed, Message, message=message, status=status, previous_status=message.status
        )
