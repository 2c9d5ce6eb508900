"""What the rest of Dott can listen to; `docs/signals.md` gives each one's arguments.

Sent after the commit. A receiver that raises is logged and never loses an update. The last six are sent at once, and an
error of a receiver is the caller's: it ends a search or an export, and undoes an erasure.
"""

import logging
from typing import Any

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)

message_status_changed = Signal()  # message, status, previous_status
messages_left = Signal()  # message_ids
message_received = Signal()  # inbound_message
button_pressed = Signal()  # inbound_message, action, subject
consent_changed = Signal()  # contact, record
identity_conflict_found = Signal()  # conflict
channel_paused = Signal()  # phone_number_id, meta_code
channel_resumed = Signal()  # phone_number_id
campaign_stopped = Signal()  # campaign_id, meta_code
template_changed = Signal()  # template
account_event_received = Signal()  # event
database_restored = Signal()  # a receiver returns a sentence for whoever restored it
person_sought = Signal()  # number; a receiver returns the contacts that it makes of those it alone knew
personal_data_asked = Signal()  # contact; a receiver returns lists by kind
person_needed = Signal()  # contact; a receiver returns whether something is still to happen with them
person_about_to_be_forgotten = Signal()  # contact; sent inside the transaction, before any row of it is locked
person_forgotten = Signal()  # contact; sent inside the transaction


def send_after_commit(signal: Signal, sender: type, **named: Any) -> None:
    """Tell the receivers once the rows they will read are there for everybody."""
    if signal.has_listeners(sender):
        transaction.on_commit(lambda: _send(signal, sender, named), robust=True)


def _send(signal: Signal, sender: type, named: dict[str, Any]) -> None:
    for receiver, answer in signal.send_robust(sender, **named):
        if isinstance(answer, Exception):
            logger.error("Receiver %s failed: %r", getattr(receiver, "__qualname__", receiver), answer)
