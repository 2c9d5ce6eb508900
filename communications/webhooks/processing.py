"""What a stored webhook changes. Set-based: the number of queries does not grow with the number of updates."""

import logging
import traceback
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from communications.conf import setting
from communications.errors import MetaError, SendFailed
from communications.models import Contact, ContactIdentity, Message, MessageStatus, Status, WebhookEvent
from communications.webhooks.events import InboundMessage, StatusUpdate, read_updates

logger = logging.getLogger(__name__)


def process(event: WebhookEvent) -> None:
    """Apply everything in `event`; an error is kept on it, and it can be processed again."""
    try:
        with transaction.atomic():
            updates = read_updates(bytes(event.body), phone_number_id=setting("WHATSAPP_PHONE_NUMBER_ID"))
            apply_statuses([update for update in updates if isinstance(update, StatusUpdate)])
            apply_inbound([update for update in updates if isinstance(update, InboundMessage)])
    except Exception:
        # Whatever it is, the webhook is stored and stays due.
        logger.exception("Webhook %s could not be processed", event.pk)
        WebhookEvent.objects.filter(pk=event.pk).update(error=traceback.format_exc())
    else:
        WebhookEvent.objects.filter(pk=event.pk).update(processed_at=timezone.now(), error="")


def apply_statuses(updates: Sequence[StatusUpdate]) -> None:
    """Move messages forward, in any order and however often; runs inside a transaction."""
    if not updates:
        return
    messages = _locked_messages(updates)
    steps: dict[tuple[Any, str], MessageStatus] = {}
    for update in updates:
        message = messages.get(update.message_id) or messages.get(update.wamid)
        if message is None:
            continue
        _move(message, update)
        _keep_earliest(steps, message, update)
    Message.objects.bulk_update(set(messages.values()), ["wamid", "status", *_FAILURE_FIELDS])
    _store_steps(steps)


def apply_inbound(updates: Iterable[InboundMessage]) -> None:
    """Open the 24-hour window of people we know who wrote."""
    latest: dict[tuple[str, str], InboundMessage] = {}
    for update in sorted(updates, key=lambda update: update.at):
        latest[ContactIdentity.Kind.WA_ID, update.wa_id] = update
        latest[ContactIdentity.Kind.USER_ID, update.user_id] = update
        latest[ContactIdentity.Kind.PHONE, f"+{update.wa_id}"] = update
    identities = ContactIdentity.objects.filter(value__in=[value for _, value in latest]).select_related("contact")
    changed: dict[int, Contact] = {}
    for identity in identities:
        update_ = latest.get((identity.kind, identity.value))
        contact = changed.get(identity.contact_id, identity.contact)
        if update_ and (contact.last_wrote_at is None or contact.last_wrote_at < update_.at):
            contact.last_wrote_at = update_.at
            changed[contact.pk] = contact
    Contact.objects.bulk_update(changed.values(), ["last_wrote_at"])


_FAILURE_FIELDS = ("failure_code", "failure_detail", "meta_code", "meta_details")


def _locked_messages(updates: Sequence[StatusUpdate]) -> dict[Any, Message]:
    """Find the messages by our ID or by wamid, in an order that two workers cannot deadlock on."""
    found = (
        Message.objects.select_for_update()
        .filter(
            Q(pk__in={update.message_id for update in updates if update.message_id})
            | Q(wamid__in={update.wamid for update in updates if update.wamid})
        )
        .order_by("pk")
    )
    messages: dict[Any, Message] = {}
    for message in found:
        messages[message.pk] = message
        if message.wamid:
            messages[message.wamid] = message
    return messages


def _move(message: Message, update: StatusUpdate) -> None:
    message.wamid = message.wamid or update.wamid or None
    if message.status not in update.status.may_follow():
        return
    message.status = update.status
    if update.status is Status.FAILED:
        failure = _failure(update)
        message.failure_code = failure.code
        message.failure_detail = failure.detail
        message.meta_code = failure.meta_code
        message.meta_details = failure.meta_details


def _failure(update: StatusUpdate) -> MetaError:
    errors = update.details.get("errors")
    data = errors[0].get("error_data") if isinstance(errors, list) and errors else None
    details = data.get("details") if isinstance(data, dict) else ""
    return SendFailed(meta_code=update.meta_code, meta_details=details if isinstance(details, str) else "")


def _keep_earliest(steps: dict[tuple[Any, str], MessageStatus], message: Message, update: StatusUpdate) -> None:
    key = (message.pk, update.status.value)
    if key not in steps or update.at < steps[key].at:
        steps[key] = MessageStatus(
            message=message,
            status=update.status,
            at=update.at,
            meta_code=update.meta_code,
            details=update.details,
        )


def _store_steps(steps: dict[tuple[Any, str], MessageStatus]) -> None:
    MessageStatus.objects.bulk_create(steps.values(), ignore_conflicts=True)
