"""Invite a person over WhatsApp: decide, write the rows, send, and say what happened."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from communications import campaigns, consent, idempotency
from communications.errors import WhatsAppError
from communications.models import Contact, IdempotencyKey, Message, Status
from communications.phone_numbers import PhoneNumber, parse
from communications.said import said
from communications.sentences import Sentence
from communications.whatsapp_service import whatsapp_service
from invitations import carriers
from invitations.conf import setting
from invitations.errors import InvitationNotSent, QuotaReached, RecentlyInvited
from invitations.links import public_base_url
from invitations.models import Invitation, InvitationMessage

_DAY = timedelta(hours=24)
# How long a message may wait for its turn: as long as Meta itself would try to deliver it.
GIVEN_UP_AFTER = timedelta(days=30)


def send_invitation(
    *,
    inviter: Any,
    phone_number: PhoneNumber,
    message: str,
    has_consent: bool = False,
    include_link: bool = False,
    base_url: str = "",
    source: str,
    reservation: IdempotencyKey | None = None,
    **details: str,
) -> Invitation:
    """Invite one person and wait for Meta's answer.

    `details` are sender_name, sender_email, recipient_name and company_name. `has_consent` is the inviter's word that
    the recipient agreed, and `source` the door it came through. With `include_link` a free text is followed by the link
    to the invitation, under `base_url` where PUBLIC_BASE_URL does not say.

    Raises `RecipientOptedOut`, `RecentlyInvited`, `QuotaReached`, `InvalidMessage`, `NotConfigured`,
    `TemplateUnavailable` or `ChannelPaused` before a row is written, and `InvitationNotSent` with the reason after.
    """
    with transaction.atomic():
        lock(inviter)
        known = Contact.objects.with_phone(phone_number.e164)
        live = live_one(require_invitable(inviter, known)) or _anew(inviter, known)
        contact = known or whatsapp_service.new_contact(phone_number)
        link_base = public_base_url(base_url) if include_link else ""
        sender_name = details.get("sender_name", "")
        words = carriers.Words(message=message, sender_name=sender_name, token=live.token, link_base=link_base)
        sending = carriers.prepare(phone_number, contact, words)
        if has_consent:
            consent.record_statement(sending.contact, stated_by=inviter, source=source, text=said(CONSENT_STATEMENT))
        if reservation:
            idempotency.name_message(reservation, sending)
        invitation = _carry(live, sending, message=message, link_base=link_base, **details)
    return deliver(invitation, sending)


def invite_by_hand(
    *,
    inviter: Any,
    phone_number: PhoneNumber,
    message: str,
    base_url: str,
    has_consent: bool = False,
    source: str,
    **details: str,
) -> Invitation:
    """Make an invitation whose link the inviter sends themselves; nothing leaves here, and WhatsApp is not asked.

    For a person whom they have invited already it is that invitation. Raises `RecipientOptedOut` for somebody who does
    not want any message, and `NotConfigured` where the link has no address.
    """
    with transaction.atomic():
        lock(inviter)
        known = Contact.objects.with_phone(phone_number.e164)
        contact = known or whatsapp_service.new_contact(phone_number)
        # A person whose data was erased may still have said no.
        consent.require_consent(contact)
        live = live_one(_newest(inviter, contact)) or _anew(inviter, contact)
        if has_consent:
            consent.record_statement(contact, stated_by=inviter, source=source, text=said(CONSENT_STATEMENT))
        fields: dict[str, Any] = {"message": message, **details}
        if live._state.adding:
            fields |= {
                "contact": contact,
                "phone_number": phone_number.e164,
                "link_base": public_base_url(base_url),
                "last_sent_at": timezone.now(),
            }
        return _kept(live, fields)


def carry_again(invitation: Invitation, *, reservation: IdempotencyKey | None = None) -> Message:
    """Prepare the next message of a live invitation, as it is; within its inviter's transaction and under their lock.

    Raises as `send_invitation` does before a row is written.
    """
    require_invitable(invitation.inviter, invitation.contact)
    sending = carriers.prepare(parse(invitation.phone_number), invitation.contact, carriers.words_of(invitation))
    if reservation:
        idempotency.name_message(reservation, sending)
    _carry(invitation, sending)
    return sending


def deliver(invitation: Invitation, sending: Message) -> Invitation:
    """Send what carries the invitation, and wait for Meta's answer; outside any transaction."""
    try:
        whatsapp_service.deliver(sending)
    except WhatsAppError as failure:
        raise InvitationNotSent(invitation, failure) from failure
    return invitation


def queue_template(invitation: Invitation) -> None:
    """Send a live invitation again, as the template, as soon as it is its turn. Runs in a transaction.

    Raises an error of `communications/errors.py` where the template cannot carry it.
    """
    refused = invitation.newest_message
    sending = carriers.prepare_template_for(invitation)
    let_wait(sending)
    _carry(invitation, sending)
    if refused:
        _take_the_place_of(refused, sending)


def let_wait(sending: Message) -> None:
    """Put a prepared message into the queue, though not for ever."""
    sending.expires_at = timezone.now() + GIVEN_UP_AFTER
    sending.save(update_fields=["expires_at"])
    whatsapp_service.queue(sending)


CONSENT_STATEMENT = Sentence("The recipient agreed to be contacted over WhatsApp about this invitation.")


def require_invitable(inviter: Any, contact: Contact | None) -> Invitation | None:
    """Raise the reason why `inviter` may not invite this person now: opted out, just invited, quota reached.

    Returns the inviter's newest invitation of this person, if there is one.
    """
    earlier = None
    if contact:
        # Meta counts unsolicited invitations as marketing.
        consent.require_consent(contact, marketing=True)
        earlier = _newest(inviter, contact)
        require_cooled_down(earlier)
    _require_quota(inviter)
    return earlier


def live_one(earlier: Invitation | None) -> Invitation | None:
    """The invitation that another message may carry once more."""
    return earlier if earlier and earlier.is_live else None


def quota_left(inviter: Any) -> int:
    """How many people the user may still invite today."""
    return max(0, int(setting("INVITATION_DAILY_QUOTA")) - _sent_today(inviter).count())


def lock(inviter: Any) -> None:
    """Decide one inviter's invitations one after another: two equal requests at one instant send one message."""
    users = get_user_model()._default_manager.select_for_update(no_key=True)
    list(users.filter(pk=inviter.pk).values_list("pk"))


def keep_answers_waiting(invitations: QuerySet[Invitation]) -> None:
    """Let whoever answers these wait until this transaction ends: they then withhold what it queued, too."""
    list(invitations.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))


def _newest(inviter: Any, contact: Contact) -> Invitation | None:
    invitations = Invitation.objects.filter(inviter=inviter, contact=contact).with_status()
    return invitations.order_by("-last_sent_at").first()


def newest_of_each(inviter: Any, contacts: Iterable[Contact]) -> dict[int, Invitation]:
    """The inviter's newest invitation of each of these people, by the key of the contact. One query."""
    found = Invitation.objects.filter(inviter=inviter, contact__in={contact.pk for contact in contacts})
    return {each.contact_id: each for each in found.with_status().order_by("last_sent_at")}


def require_cooled_down(earlier: Invitation | None) -> None:
    """Raise `RecentlyInvited` if this invitation went out too short a while ago to be followed by another, or has yet
    to go out.
    """
    # A failed send starts no cool-down; an unconfirmed one does, because it may have arrived.
    if earlier is None or earlier.newest_message is None or earlier.newest_message.status == Status.FAILED:
        return
    cool_down = timedelta(hours=setting("INVITATION_COOLDOWN_HOURS"))
    if earlier.is_waiting:
        # It begins when the message leaves, which is not before now.
        raise RecentlyInvited(earlier, retry_after=_seconds_until(timezone.now() + cool_down))
    cooled_down_at = earlier.last_sent_at + cool_down
    if cooled_down_at > timezone.now():
        raise RecentlyInvited(earlier, retry_after=_seconds_until(cooled_down_at))


def _require_quota(inviter: Any) -> None:
    quota = setting("INVITATION_DAILY_QUOTA")
    # The quota-th newest, if there is one, is the one whose day has to end first.
    counted = list(
        _sent_today(inviter).order_by("-sent_at").values_list("sent_at", flat=True)[max(quota - 1, 0) : quota]
    )
    if counted or quota == 0:
        raise QuotaReached(quota, retry_after=_seconds_until(counted[0] + _DAY) if counted else _DAY.total_seconds())


def _sent_today(inviter: Any) -> QuerySet[InvitationMessage]:
    # Those of lists are bounded by what Meta lets the number send.
    sent = InvitationMessage.objects.filter(sent_by=inviter, sent_at__gt=timezone.now() - _DAY, batch_row=None)
    return sent.exclude(message__status=Status.FAILED)


def _anew(inviter: Any, contact: Contact | None) -> Invitation:
    """A new invitation; one that has expired makes room for it."""
    if contact:
        make_room(inviter, [contact])
    return Invitation(inviter=inviter)


def make_room(inviter: Any, contacts: Iterable[Contact]) -> None:
    """Write down of the inviter's invitations of these people which have expired: new ones take their place."""
    overdue = Invitation.objects.overdue().filter(inviter=inviter, contact__in=[contact.pk for contact in contacts])
    overdue.update(state=Invitation.State.EXPIRED)


def _carry(invitation: Invitation, sending: Message, **details: str) -> Invitation:
    """Let `sending` carry the invitation: a new one, or the live one of the same person."""
    fields = {
        "contact": sending.contact,
        "phone_number": sending.to_number,
        "newest_message": sending,
        "last_sent_at": timezone.now(),
        **details,
    }
    _kept(invitation, fields)
    InvitationMessage.objects.create(invitation=invitation, message=sending, sent_by=invitation.inviter)
    return invitation


def _kept(invitation: Invitation, fields: dict[str, Any]) -> Invitation:
    """The state of a live invitation is not ours to write here: the invited person may be changing it."""
    for name, value in fields.items():
        setattr(invitation, name, value)
    invitation.save(update_fields=None if invitation._state.adding else list(fields))
    return invitation


def _take_the_place_of(refused: Message, sending: Message) -> None:
    """Of a list, the new message counts, and not the one that was refused: it waits, ends and is reported with it."""
    if refused.campaign_id is None:
        return
    campaigns.hand_over(refused, sending)
    row = InvitationMessage.objects.filter(message=refused).values_list("batch_row", flat=True).first()
    InvitationMessage.objects.filter(message=refused).update(batch_row=None)
    InvitationMessage.objects.filter(message=sending).update(batch_row=row)


def _seconds_until(moment: datetime) -> float:
    return max(1.0, (moment - timezone.now()).total_seconds())
