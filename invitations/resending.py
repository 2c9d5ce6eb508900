"""An invitation sent once more: by its inviter, or as a reminder to whoever got it and has not opened it."""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from communications.errors import ServiceUnavailable, TemplateUnavailable, WhatsAppError
from communications.models import IdempotencyKey, Message, Status
from invitations import services
from invitations.conf import setting
from invitations.errors import InvitationClosed, NoReminder, QuotaReached, RecentlyInvited
from invitations.models import Invitation, InvitationQuerySet

logger = logging.getLogger(__name__)

MOST_REMINDERS = 2
_RECEIVED = (Status.DELIVERED, Status.READ)
_MOST_TRIES = 200


def resend(invitation: Invitation, *, reservation: IdempotencyKey | None = None) -> Invitation:
    """Send an invitation again as it is, and wait for Meta's answer.

    Raises `InvitationClosed` where it can no longer be accepted, and what `services.send_invitation` raises.
    """
    with transaction.atomic():
        live = _held(invitation)
        sending = services.carry_again(live, reservation=reservation)
    return services.deliver(live, sending)


def remind(invitation: Invitation) -> Invitation:
    """As `resend`, for a person who got it and has not opened it, twice at most; raises `NoReminder` otherwise."""
    with transaction.atomic():
        live, sending = _prepare_reminder(invitation)
    return services.deliver(live, sending)


def may_be_reminded(invitation: Invitation) -> bool:
    message = invitation.newest_message
    was_received = message is not None and message.status in _RECEIVED
    is_unopened = invitation.standing == Invitation.State.OPEN
    return was_received and is_unopened and invitation.reminder_count < MOST_REMINDERS


def remind_due() -> int:
    """Queue the reminders whose time has come; return how many. None where INVITATION_REMINDER_HOURS does not say."""
    if not setting("INVITATION_REMINDER_HOURS"):
        return 0
    reminded, passed_over, resting = 0, set[Any](), set[Any]()
    for _ in range(_MOST_TRIES):
        invitation = _due().exclude(pk__in=passed_over).exclude(inviter__in=resting).first()
        if invitation is None:
            break
        try:
            reminded += _queue_reminder(invitation)
        except (QuotaReached, RecentlyInvited):
            resting.add(invitation.inviter_id)
        except (TemplateUnavailable, InvitationClosed, NoReminder):
            passed_over.add(invitation.pk)
        except ServiceUnavailable as failure:
            logger.warning("Reminders wait: %s", failure.code)
            break
        except WhatsAppError as failure:
            _give_up(invitation, failure)
    return reminded


def pass_over_overdue() -> int:
    """Let nobody be reminded whose time has come already, whether or not it is known that they got it; how many."""
    return _overdue().update(reminder_count=MOST_REMINDERS) if setting("INVITATION_REMINDER_HOURS") else 0


def _overdue() -> InvitationQuerySet:
    """Whoever was written to long enough ago, and has not opened it."""
    hours = max(setting("INVITATION_REMINDER_HOURS"), setting("INVITATION_COOLDOWN_HOURS"))
    return Invitation.objects.filter(
        state=Invitation.State.OPEN,
        last_sent_at__lt=timezone.now() - timedelta(hours=hours),
        reminder_count__lt=MOST_REMINDERS,
    )


def _due() -> InvitationQuerySet:
    """Those of them who got it, can still accept it, and want to be written to."""
    return (
        (_overdue() & Invitation.objects.live())
        .filter(
            newest_message__status__in=_RECEIVED,
            contact__opted_out_at=None,
            contact__marketing_opted_out_at=None,
        )
        .order_by("last_sent_at")
    )


@transaction.atomic
def _queue_reminder(invitation: Invitation) -> int:
    _live, sending = _prepare_reminder(invitation)
    services.let_wait(sending)
    return 1


def _prepare_reminder(invitation: Invitation) -> tuple[Invitation, Message]:
    live = _held(invitation)
    if not may_be_reminded(live):
        raise NoReminder(live)
    sending = services.carry_again(live)
    Invitation.objects.filter(pk=live.pk).update(reminder_count=F("reminder_count") + 1)
    return live, sending


def _held(invitation: Invitation) -> Invitation:
    """The invitation as it is, with its inviter's other decisions and an answer waiting; raises `InvitationClosed`."""
    services.lock(invitation.inviter)
    services.keep_answers_waiting(Invitation.objects.filter(pk=invitation.pk))
    live = Invitation.objects.with_status().select_related("inviter", "contact").get(pk=invitation.pk)
    if not live.is_live:
        raise InvitationClosed(live)
    return live


def _give_up(invitation: Invitation, failure: WhatsAppError) -> None:
    """What cannot be sent today cannot be tomorrow: it is not tried for ever."""
    logger.warning("Invitation %s is not reminded of: %s", invitation.pk, failure.code)
    Invitation.objects.filter(pk=invitation.pk).update(reminder_count=MOST_REMINDERS)
