"""The life of an invitation: open, opened, and then joined, declined, expired or revoked. Each step is taken once.

A step is one conditional UPDATE, so that whoever comes second, by a doubled click, in the chat beside the page or an
instant after it was revoked, changes nothing and is told so.
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from communications.models import Message
from communications.signals import send_after_commit
from invitations import signals
from invitations.models import WAITING, Invitation

_State = Invitation.State
_PORTION = 500


@transaction.atomic
def open_(invitation: Invitation) -> bool:
    """The person looks at it. Says whether it is the first time."""
    now = timezone.now()
    found = Invitation.objects.live().filter(pk=invitation.pk, state=_State.OPEN)
    if not found.update(state=_State.OPENED, opened_at=now):
        return False
    invitation.state, invitation.opened_at = _State.OPENED, now
    send_after_commit(signals.invitation_opened, Invitation, invitation=invitation)
    return True


@transaction.atomic
def join(invitation: Invitation, *, via: str) -> bool:
    """The person accepts, `via` the page or the chat. Says whether they could, and had not yet."""
    if not _answer(invitation, _State.JOINED):
        return False
    send_after_commit(signals.invitation_joined, Invitation, invitation=invitation, via=via)
    return True


@transaction.atomic
def decline(invitation: Invitation, *, via: str) -> bool:
    """The person does not want to, at least not now. Says whether it was still to be answered."""
    if not _answer(invitation, _State.DECLINED):
        return False
    send_after_commit(signals.invitation_declined, Invitation, invitation=invitation, via=via)
    return True


@transaction.atomic
def revoke(invitation: Invitation) -> bool:
    """The inviter takes it back: its link answers as one that never was. Says whether it was still to be answered."""
    if not Invitation.objects.live().filter(pk=invitation.pk).update(state=_State.REVOKED):
        return False
    invitation.state = _State.REVOKED
    _withhold([invitation.pk])
    return True


@transaction.atomic
def expire_overdue() -> int:
    """Write down which invitations have expired; return how many, a portion at most."""
    overdue = Invitation.objects.overdue().order_by("last_sent_at").select_for_update(skip_locked=True)
    ids = list(overdue.values_list("pk", flat=True)[:_PORTION])
    Invitation.objects.filter(pk__in=ids).update(state=_State.EXPIRED)
    _withhold(ids)
    return len(ids)


def _answer(invitation: Invitation, state: "Invitation.State") -> bool:
    """Whoever answers has seen it, whether or not the page could tell."""
    now = timezone.now()
    found = Invitation.objects.live().filter(pk=invitation.pk)
    if not found.update(state=state, answered_at=now, opened_at=Coalesce(F("opened_at"), Value(now))):
        return False
    invitation.state, invitation.answered_at, invitation.opened_at = state, now, invitation.opened_at or now
    _withhold([invitation.pk])
    return True


def _withhold(ids: Sequence[UUID]) -> None:
    """What still waits to be sent about it is too late by now, and so is what is being sent, should it come back."""
    waiting = Message.objects.filter(invitation_message__invitation__in=ids, status__in=WAITING)
    waiting.update(expires_at=Now())
