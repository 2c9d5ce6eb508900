"""What people write to us: kept whole, tied to what it answers, and obeyed where it says STOP or START. Set-based."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from communications import broker, button_payloads, consent, signals
from communications.conf import setting
from communications.graph import payloads
from communications.media import received
from communications.message_content import pressed_payload, text_of
from communications.models import ConsentRecord, Contact, InboundMessage, Message, Status
from communications.opt_words import OptWord, confirmation, opt_word
from communications.webhooks.events import Arrival, Preference
from communications.webhooks.people import Heard, open_windows, recognise_senders

# A confirmation is free text: it is only sent while the window that the word itself opened is surely open.
_CONFIRM_WITHIN = timedelta(hours=23)


def apply_heard(heard: Sequence[Heard]) -> None:
    """Recognise who wrote, called or chose; keep their messages; obey their words. Runs in a transaction."""
    heard = _not_yet_kept(heard)
    answered = _answered(heard)
    senders = recognise_senders(heard, {wamid: message.contact for wamid, message in answered.items()})
    open_windows(heard, senders)
    pairs = list(zip(heard, senders, strict=True))
    arrivals = [(update, sender) for update, sender in pairs if isinstance(update, Arrival)]
    _keep(arrivals, answered)
    _obey_words(arrivals)
    consent.record([_preference(update, sender) for update, sender in pairs if isinstance(update, Preference)])


def _answered(heard: Sequence[Heard]) -> dict[str, Message]:
    wamids = {update.context_wamid for update in heard if isinstance(update, Arrival) and update.context_wamid}
    if not wamids:
        return {}
    found = Message.objects.filter(wamid__in=wamids).select_related("contact").defer("content", "text")
    return {message.wamid: message for message in found if message.wamid}


def _not_yet_kept(heard: Sequence[Heard]) -> list[Heard]:
    """Leave out messages heard before: Meta repeats itself for days, and a number may have changed hands meanwhile."""
    wamids = {update.wamid for update in heard if isinstance(update, Arrival)}
    kept = set(InboundMessage.objects.filter(wamid__in=wamids).values_list("wamid", flat=True)) if wamids else set()
    new = {update.wamid if isinstance(update, Arrival) else update: update for update in heard}
    return [update for key, update in new.items() if key not in kept]


def _keep(arrivals: Sequence[tuple[Arrival, Contact]], answered: dict[str, Message]) -> None:
    new = [
        InboundMessage(
            contact=sender,
            phone_number_id=setting("WHATSAPP_PHONE_NUMBER_ID"),
            wamid=update.wamid,
            kind=update.kind,
            text=text_of(update.content),
            content=update.content,
            at=update.at,
            context_wamid=update.context_wamid,
            in_reply_to=answered.get(update.context_wamid),
        )
        for update, sender in arrivals
    ]
    InboundMessage.objects.bulk_create(new)
    received.expect(new)
    for message in new:
        signals.send_after_commit(signals.message_received, InboundMessage, inbound_message=message)
        _tell_pressed(message)


def _tell_pressed(message: InboundMessage) -> None:
    """Tell what a button of ours was signed for; a forged one stays a message and nothing more."""
    pressed = button_payloads.read(pressed_payload(message.content))
    if pressed:
        signals.send_after_commit(
            signals.button_pressed,
            InboundMessage,
            inbound_message=message,
            action=pressed.action,
            subject=pressed.subject,
        )


def _obey_words(arrivals: Sequence[tuple[Arrival, Contact]]) -> None:
    words = {
        update.wamid: (word, sender, update)
        for update, sender in arrivals
        if (word := opt_word(text_of(update.content))) is not None
    }
    decisive = consent.record([
        ConsentRecord(
            contact=sender,
            kind=ConsentRecord.Kind.OPT_OUT if word.is_stop else ConsentRecord.Kind.OPT_IN,
            source=ConsentRecord.Source.WORD,
            at=update.at,
            text=text_of(update.content),
            evidence=wamid,
        )
        for wamid, (word, sender, update) in words.items()
    ])  # fmt: skip
    confirmations = Message.objects.bulk_create(
        _confirmation(record.contact, *_word_and_arrival(words[record.evidence]))
        for record in decisive
        if record.evidence in words and timezone.now() - record.at < _CONFIRM_WITHIN
    )
    if confirmations:
        broker.ring(broker.QUEUED_MESSAGES)


def _word_and_arrival(found: tuple[OptWord, Contact, Arrival]) -> tuple[OptWord, Arrival]:
    return found[0], found[2]


def _confirmation(contact: Contact, word: OptWord, arrival: Arrival) -> Message:
    """One reply that says what was understood; it waits in the queue like any other message."""
    text = confirmation(word)
    return Message(
        contact=contact,
        phone_number_id=setting("WHATSAPP_PHONE_NUMBER_ID"),
        to_number=f"+{arrival.person.wa_id}" if arrival.person.wa_id else "",
        to_user_id=arrival.person.user_id,
        kind="text",
        text=text,
        content=payloads.text(text),
        status=Status.QUEUED,
        expires_at=arrival.at + _CONFIRM_WITHIN,
        confirms_opt_out=True,
    )


def _preference(update: Preference, sender: Contact) -> ConsentRecord:
    return ConsentRecord(
        contact=sender,
        kind=ConsentRecord.Kind.OPT_OUT if update.value == "stop" else ConsentRecord.Kind.OPT_IN,
        scope=ConsentRecord.Scope.MARKETING,
        source=ConsentRecord.Source.PREFERENCE,
        at=update.at,
        evidence=update.evidence,
    )
