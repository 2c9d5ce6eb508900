"""Messages that belong together: started, paused, stopped and cancelled as one.

Every change is one conditional UPDATE, so that twice is the same as once, and of two callers at the same instant one
hears that it was they who did it.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from communications import broker, queue, signals
from communications.errors import Cancelled
from communications.models import Campaign, Message, Status

logger = logging.getLogger(__name__)

State = Campaign.State

# Messages that `cancel` lets fail before it returns; a worker does the rest.
CANCELLED_AT_ONCE = 2000


def start(campaign: Campaign) -> bool:
    """Let its queued messages go out, in turn with those of other campaigns; say whether this call did it."""
    return _move(campaign.pk, [State.PAUSED], State.RUNNING)


def pause(campaign: Campaign) -> bool:
    """Let what is queued wait; what is on its way to Meta arrives. Say whether this call did it."""
    return _move(campaign.pk, [State.RUNNING], State.PAUSED)


def pause_growing() -> list[str]:
    """Let every running campaign wait to which more messages are still to come; return their names."""
    growing = Campaign.objects.filter(state=State.RUNNING, is_growing=True).order_by("created_at")
    return [str(campaign) for campaign in growing if pause(campaign)]


def resume(campaign: Campaign) -> bool:
    """Go on after a pause, or after Meta stopped it and a person has looked. Say whether this call did it."""
    return _move(campaign.pk, [State.PAUSED, State.STOPPED], State.RUNNING, stopped_by_code=None)


def cancel(campaign: Campaign) -> bool:
    """End it: what is still queued fails as cancelled. Say whether this call did it."""
    moved = _move(campaign.pk, [State.RUNNING, State.PAUSED, State.STOPPED], State.CANCELLED)
    if moved:
        given_up = 0
        while given_up < CANCELLED_AT_ONCE and (portion := give_up_cancelled(campaign.pk)):
            given_up += portion
    return moved


def give_up_cancelled(campaign_id: UUID | None = None) -> int:
    """Let a portion of what is queued in cancelled campaigns fail, or in one of them; return how many did."""
    cancelled = queue.cancelled()
    return queue.give_up(cancelled.filter(campaign=campaign_id) if campaign_id else cancelled, Cancelled())


def stop(campaign_id: UUID, meta_code: int | None) -> bool:
    """Obey Meta, which refuses to go on; a person may resume it. Say whether this call did it."""
    moved = _move(campaign_id, [State.RUNNING, State.PAUSED], State.STOPPED, stopped_by_code=meta_code)
    if moved:
        logger.error("Campaign %s stopped by Meta's code %s", campaign_id, meta_code)
        signals.send_after_commit(signals.campaign_stopped, Campaign, campaign_id=campaign_id, meta_code=meta_code)
    return moved


def finish_if_done(campaign_id: UUID) -> bool:
    """Call it finished if it is running and does not grow, and nothing waits or is being sent.

    Say whether this call did it.
    """
    left = Message.objects.filter(campaign=OuterRef("pk"), status__in=[Status.QUEUED, Status.SENDING])
    running = Campaign.objects.filter(pk=campaign_id, state=State.RUNNING, is_growing=False)
    return bool(running.exclude(Exists(left)).update(state=State.FINISHED))


def hand_over(refused: Message, instead: Message) -> None:
    """Let `instead` have the place of a message of a campaign that Meta refused; one that was finished goes on."""
    Message.objects.filter(pk=instead.pk).update(campaign=refused.campaign_id)
    Message.objects.filter(pk=refused.pk).update(campaign=None)
    if refused.campaign_id:
        _move(refused.campaign_id, [State.FINISHED], State.RUNNING)


def go_on() -> int:
    """Let campaigns go on that were called finished at the instant in which one more message came; return how many."""
    waiting = queue.waiting().filter(campaign__state=State.FINISHED).values_list("campaign", flat=True)
    return sum(_move(pk, [State.FINISHED], State.RUNNING) for pk in set(waiting) if pk)


def _move(campaign_id: UUID, from_: Sequence[State], to: State, **fields: Any) -> bool:
    if to in (State.PAUSED, State.STOPPED):
        fields["halted_at"] = timezone.now()
    elif to == State.RUNNING:
        fields["halted_at"] = None
    moved = Campaign.objects.filter(pk=campaign_id, state__in=from_).update(state=to, **fields)
    if moved and to == State.RUNNING:
        broker.ring(broker.QUEUED_MESSAGES)
    return bool(moved)
