"""Taking messages from the queue, as many as the pace grants, and none that may not go.

Singles first, since somebody may be waiting; then the campaigns that are running, in equal shares and in turn. What a
process takes no other takes (SKIP LOCKED), and what it holds when it dies becomes unconfirmed (`delivery.py`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from communications import campaigns, daily_limit, queue, results, templates
from communications.consent import require_consent
from communications.errors import RecipientOptedOut
from communications.graph.client import Credentials
from communications.models import Campaign, Contact, Message, Status
from communications.models.people import WINDOW
from communications.results import Claimed, Outcome

_COLUMNS = (
    "pk", "contact_id", "campaign_id", "to_number", "to_user_id", "content", "reply_to", "attempts", "due_at",
    "expires_at", "since", "is_marketing", "confirms_opt_out",
)  # fmt: skip
# Campaigns that one portion is shared between; the others have their turn with the next.
_AT_A_TIME = 8
# How long a campaign that had nothing due is not asked again.
EMPTY_SECONDS = 1.0


@dataclass(frozen=True)
class Portion:
    """What was taken, ready to be sent; how many were looked at, and how many of them left the queue unsent."""

    messages: list[Claimed]
    seen: int = 0
    given_up: int = 0


class Claims:
    """Takes portions from the queue; remembers whose turn it is."""

    def __init__(self) -> None:
        self._served: UUID | None = None
        self._empty_until: dict[UUID, float] = {}
        # What the newest call of `take` holds, also if its commit failed.
        self.in_hand: list[Claimed] = []

    @transaction.atomic
    def take(self, wanted: int, credentials: Credentials) -> Portion:
        """Take up to `wanted` messages that are due; what may not be sent is given up or put off on the way."""
        self.in_hand = []
        rows = self._due(wanted)
        if not rows:
            return Portion([])
        # One moment for the whole portion.
        since = rows[0]["since"]
        marketing = {row["pk"] for row in rows if row.pop("is_marketing")}
        confirming = {row["pk"] for row in rows if row.pop("confirms_opt_out")}
        found = [Claimed(**{**row, "since": since}) for row in rows]
        contacts = _special({message.contact_id for message in found})
        refused = {
            message.pk: refusal
            for message in found
            if message.pk not in confirming
            and (refusal := _refusal(message, contacts, marketing=message.pk in marketing))
        }
        given_up = results.record(list(refused.values()), credentials) if refused else 0
        willing = [message for message in found if message.pk not in refused]
        self.in_hand, opening = daily_limit.within(willing, _with_open_window(contacts, since))
        _mark(self.in_hand, opening)
        return Portion(self.in_hand, len(rows), given_up)

    def _due(self, wanted: int) -> list[dict[str, Any]]:
        sendable = _sendable()
        found = _first(sendable.filter(campaign=None), wanted)
        running = self._in_turn()
        while len(found) < wanted and running:
            share = -(-(wanted - len(found)) // min(len(running), _AT_A_TIME))
            campaign = running.pop(0)
            portion = _first(sendable.filter(campaign=campaign), share)
            if portion:
                self._served = campaign
            else:
                self._empty_until[campaign] = time.monotonic() + EMPTY_SECONDS
                campaigns.finish_if_done(campaign)
            found += portion
        return found

    def _in_turn(self) -> list[UUID]:
        """The running campaigns, beginning with the one after that which was served last."""
        now, served = time.monotonic(), self._served
        running = Campaign.objects.filter(state=Campaign.State.RUNNING).values_list("pk", flat=True)
        full = [pk for pk in running if self._empty_until.get(pk, 0) < now]
        return sorted(full, key=lambda pk: (served is not None and pk <= served, pk))


def _sendable() -> QuerySet[Message]:
    """What is not too late, and neither its template nor the daily limit keeps waiting.

    A campaign waits for its template whatever Meta has against it: somebody looks at it, or cancels it. Of a single
    message its caller hears at once that it was refused.
    """
    messages = queue.in_time()
    for name, language, passes in templates.unusable():
        carried = Q(kind="template", content__template__name=name, content__template__language__code=language)
        messages = messages.exclude(carried if passes else carried & Q(campaign__isnull=False))
    return daily_limit.not_kept_waiting(messages) if daily_limit.is_used_up() else messages


def _first(messages: QuerySet[Message], wanted: int) -> list[dict[str, Any]]:
    """What was put off and is due now, then what is due at once, oldest first: two walks along one index."""
    found = _locked(messages.filter(due_at__lte=Now()), wanted)
    if len(found) < wanted:
        found += _locked(messages.filter(due_at=None), wanted - len(found))
    return found


def _locked(messages: QuerySet[Message], wanted: int) -> list[dict[str, Any]]:
    # All columns of the index are named: PostgreSQL would sort what is equal because it is empty.
    in_order = messages.order_by("campaign_id", "due_at", "created_at")
    rows = in_order.select_for_update(skip_locked=True, no_key=True).annotate(since=queue.clock())
    return list(rows.values(*_COLUMNS)[:wanted])


def _special(contacts: set[int]) -> dict[int, Contact]:
    """Those of these people who have opted out of something, or whose 24-hour window is open: most are neither."""
    has_opted_out = Q(opted_out_at__isnull=False) | Q(marketing_opted_out_at__isnull=False)
    return Contact.objects.filter(has_opted_out | Q(last_wrote_at__gt=Now() - WINDOW)).in_bulk(contacts)


def _with_open_window(contacts: dict[int, Contact], now: datetime) -> set[int]:
    return {pk for pk, contact in contacts.items() if contact.window_is_open(now)}


def _refusal(message: Claimed, contacts: dict[int, Contact], *, marketing: bool) -> Outcome | None:
    """Ask again what was asked when it was queued: the person may have opted out since."""
    contact = contacts.get(message.contact_id)
    if contact is None:
        return None
    try:
        require_consent(contact, marketing=marketing)
    except RecipientOptedOut as refusal:
        return Outcome(message, failure=refusal)
    return None


def _mark(messages: Sequence[Claimed], opening: set[UUID]) -> None:
    """Hold them for this process. `since` proves later that it is still this claim."""
    for opens in (False, True):
        keys = [message.pk for message in messages if (message.pk in opening) is opens]
        if keys:
            Message.objects.filter(pk__in=keys).update(
                status=Status.SENDING, sending_since=messages[0].since, was_queued=True, opens_conversation=opens
            )
