"""What an invitation is counted as: how far it got, over all the messages that carried it.

It is counted on the day it was created. Whoever opened it has read it, and whoever read a message has got it, also
where WhatsApp was told to keep that to itself: so each stage holds everybody who came further.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from communications.change_log import Watch
from communications.dimensions import Kind
from communications.ledger import Ledger, Reading, day_of
from communications.message_facts import name_of_template, place_of
from communications.models import ChangedMessage, Status
from invitations.models import (
    ChangedInvitation,
    CountedInvitation,
    Invitation,
    InvitationMessage,
    InvitationTally,
)

# In this order; `waiting` and `failed` have not come to the first of them.
STAGES = ("sent", "delivered", "read", "opened", "joined")


def read(ids: Collection[UUID], before: Mapping[UUID, Reading]) -> dict[UUID, Reading]:
    """Say what these invitations are to be counted as; those of somebody who was forgotten, as they were `before`."""
    messages = _messages_of(ids)
    found = Invitation.objects.filter(pk__among=ids).values_list(
        "pk", "created_at", "state", "inviter_id", "phone_number", "newest_message__status",
        "newest_message__campaign_id", "newest_message__content__template__name", "opened_at",
    )  # fmt: skip
    readings = {}
    for pk, created_at, state, inviter, number, status, campaign, template, opened_at in found:
        if not number and pk in before:
            readings[pk] = before[pk]
            continue
        campaigns = {str(each) for _status, each in messages[pk] if each} | ({str(campaign)} if campaign else set())
        kind = Kind(
            day=day_of(created_at),
            sender=str(inviter),
            template=name_of_template(template),
            country=place_of(number),
            # A reminder belongs to no campaign; its invitation stays in the one it came from, the earliest.
            campaign=min(campaigns, default=""),
        )
        reached = [status, *(each for each, _campaign in messages[pk])]
        if opened_at or state == Invitation.State.OPENED:
            reached.append("opened")
        if state == Invitation.State.JOINED:
            reached.append("joined")
        declined = ["declined"] if state == Invitation.State.DECLINED else []
        readings[pk] = Reading(kind, (_furthest(reached, newest=status), *declined))
    return readings


WATCHES = (
    Watch(Invitation._meta.db_table, "id", ChangedInvitation._meta.db_table),
    # It says who sent the message, too.
    Watch(InvitationMessage._meta.db_table, "message_id", ChangedMessage._meta.db_table),
)
INVITATIONS = Ledger(
    things=Invitation, changes=ChangedInvitation, counted=CountedInvitation, tallies=InvitationTally, read=read
)


def senders_of(messages: Collection[UUID]) -> dict[UUID, str]:
    """The inviters, by the messages that carried their invitations."""
    carried = InvitationMessage.objects.filter(message_id__among=messages)
    return {message: str(inviter) for message, inviter in carried.values_list("message_id", "sent_by_id")}


def note_messages(messages: Collection[UUID]) -> None:
    """What became of a message is to be counted with the invitation that it carried."""
    carried = InvitationMessage.objects.filter(message_id__among=messages).values_list("invitation_id", flat=True)
    ChangedInvitation.objects.bulk_create(ChangedInvitation(changed_id=pk) for pk in set(carried))


def _messages_of(ids: Collection[UUID]) -> dict[UUID, list[tuple[str, UUID | None]]]:
    carried: dict[UUID, list[tuple[str, UUID | None]]] = defaultdict(list)
    found = InvitationMessage.objects.filter(invitation_id__among=ids)
    for pk, status, campaign in found.values_list("invitation_id", "message__status", "message__campaign_id"):
        carried[pk].append((status, campaign))
    return carried


def _furthest(reached: Iterable[str | None], *, newest: str | None) -> str:
    stages = [STAGES.index(each) for each in reached if each in STAGES]
    if stages:
        return STAGES[max(stages)]
    return "failed" if newest == Status.FAILED else "waiting"
