"""What whoever runs this software does to the account, from the admin, the health page or a command.

Each act leaves a line in the audit log. `by` is the user; None where a command did it.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.db import transaction
from django.db.models import QuerySet

from communications import audit, channel
from communications.conf import setting
from communications.credentials import is_configured, our_credentials
from communications.errors import DeliveryUnconfirmed, MetaUnreachable, NotConfigured
from communications.graph.client import GraphClient
from communications.graph.protocol import read_success
from communications.models import WebhookEvent
from communications.sentences import Sentence
from communications.template_sync import Outcome
from communications.whatsapp_service import whatsapp_service

_client = GraphClient()

# A page that waits longer is given up by the proxy in front of it.
SYNC_SECONDS = 20.0


@transaction.atomic
def pause(*, by: Any = None) -> None:
    """Stop sending from our number until somebody resumes it."""
    number = setting("WHATSAPP_PHONE_NUMBER_ID")
    channel.pause_by_person(number, audit.name_of(by))
    audit.record(audit.Action.PAUSED, by=by, subject=number)


@transaction.atomic
def resume(*, by: Any = None) -> bool:
    """Send again from our number, whoever or whatever paused it; say whether it was paused."""
    number = setting("WHATSAPP_PHONE_NUMBER_ID")
    resumed = channel.resume(number)
    if resumed:
        audit.record(audit.Action.RESUMED, by=by, subject=number)
    return resumed


@transaction.atomic
def process_again(events: QuerySet[WebhookEvent], *, by: Any = None) -> int:
    """Make these webhooks due; return how many. Applying one twice changes nothing, so any may be processed again."""
    due = events.update(processed_at=None, next_attempt_at=None)
    audit.record(audit.Action.PROCESSED_AGAIN, by=by, details={"webhooks": due})
    return due


def subscribe(*, by: Any = None) -> None:
    """Let the business account send its webhooks to our app. Raises an error of `communications/errors.py`."""
    if not is_configured():
        raise NotConfigured
    account = setting("WHATSAPP_BUSINESS_ACCOUNT_ID")
    try:
        read_success(_client.post_node(our_credentials(), f"{quote(account, safe='')}/subscribed_apps", {}))
    except DeliveryUnconfirmed as unknown:
        raise MetaUnreachable(Sentence("Meta did not confirm it. Try again: twice is once.")) from unknown
    audit.record(audit.Action.SUBSCRIBED, by=by, subject=account)


@dataclass(frozen=True)
class Synced:
    """What became of the templates, one by one; `is_whole` unless the time was over before the last of them."""

    outcomes: Sequence[Outcome]
    is_whole: bool


def sync_templates(*, by: Any = None, seconds: float = SYNC_SECONDS) -> Synced:
    """Bring Meta's templates and our definitions together, for as long as a page may take.

    What was not reached is done by the next call: it looks first what is there. Raises an error of
    `communications/errors.py` where Meta cannot be asked.
    """
    outcomes, is_whole, until = [], True, time.monotonic() + seconds
    try:
        for outcome in whatsapp_service.sync_message_templates():
            outcomes.append(outcome)
            if time.monotonic() > until:
                is_whole = False
                break
    finally:
        if outcomes:
            audit.record(audit.Action.SYNCED, by=by, details=Counter(outcome.done for outcome in outcomes))
    return Synced(outcomes, is_whole)
