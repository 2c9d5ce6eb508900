"""Invitations and messages as they stand some time later, for the pages of numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from communications import contacts
from communications.message_facts import MESSAGES
from communications.models import Message, Status
from communications.phone_numbers import parse
from communications.statuses import StatusUpdate, apply_statuses
from invitations.invitation_facts import INVITATIONS
from invitations.models import Invitation, InvitationMessage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARKETING = {"pricing": {"billable": True, "type": "regular", "category": "marketing"}}


def send(phone: str, *steps: str, at: datetime | None = None, template: str = "", **fields: Any) -> Message:
    """A message that WhatsApp took and reported about: each step a minute after the one before."""
    content = {"type": "template", "template": {"name": template}} if template else {"type": "text"}
    message = Message.objects.create(
        contact=contacts.create_by_phone(parse(phone), evidence="sent to"), phone_number_id="1", to_number=phone,
        kind="template" if template else "text", content=content, status=Status.ACCEPTED, **fields,
    )  # fmt: skip
    at = at or timezone.now()
    Message.objects.filter(pk=message.pk).update(created_at=at)
    report(message, *steps, since=at)
    return message


def report(message: Message, *steps: str, since: datetime | None = None, code: int = 131026) -> None:
    since = since or message.created_at
    with transaction.atomic():
        apply_statuses([
            StatusUpdate(wamid=f"wamid.{message.pk}", message_id=message.pk, status=Status(step),
                         at=since + timedelta(minutes=minutes), meta_code=code if step == "failed" else None,
                         details=MARKETING)
            for minutes, step in enumerate(steps)
        ])  # fmt: skip


def invite(
    inviter: Any, phone: str, *steps: str, state: str = "open", at: datetime | None = None, **fields: Any
) -> Invitation:
    message = send(phone, *steps, at=at, **fields)
    invitation = Invitation.objects.create(
        inviter=inviter, contact=message.contact, phone_number=phone, message="Join me", newest_message=message,
        state=state, last_sent_at=timezone.now(),
    )  # fmt: skip
    Invitation.objects.filter(pk=invitation.pk).update(created_at=at or timezone.now())
    InvitationMessage.objects.create(invitation=invitation, message=message, sent_by=inviter)
    return invitation


def count() -> None:
    while MESSAGES.count_changed() + INVITATIONS.count_changed():
        pass
