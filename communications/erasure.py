"""Forget one person: their names, words, files and traces go; counts stay, and so does a wish not to be written to.

The row of a message stays, empty, for the counts of campaigns, quotas and costs. Nothing in it, nor in any other row,
names or quotes the person afterwards. What Meta says of them later is dropped.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from communications import audit, forgotten, personal_data, signals
from communications.credentials import is_configured, our_credentials
from communications.errors import DeliveryUnconfirmed, MetaUnreachable, NotSentInTime, SendFailed
from communications.graph.client import GraphClient
from communications.graph.protocol import read_success
from communications.models import (
    AccountEvent,
    ConsentRecord,
    Contact,
    ContactIdentity,
    IdempotencyKey,
    IdentityConflict,
    InboundMessage,
    Message,
    MessageStatus,
    ParkedStatus,
    Status,
    WebhookEvent,
)
from communications.webhook_traces import Names, events_naming, part
from communications.webhooks import processing

_client = GraphClient()

# Of what Meta says with a status.
_NOBODYS = {"pricing", "recovered"}


class OnItsWay(Exception):
    """A message to the person is being sent at this very moment; the reason is a sentence."""


@dataclass(frozen=True)
class Erased:
    """How much of each kind was erased, and what Meta said, where it said something."""

    counts: Mapping[str, int]
    notes: tuple[str, ...] = ()


def preview(contact: Contact) -> dict[str, int]:
    """How much of each kind would be erased."""
    return {kind: len(rows) for kind, rows in personal_data.sections(contact).items()}


def forget(contact: Contact, *, by: Any = None, tell_meta: bool = True) -> Erased:
    """Erase the person, here and in Meta's contact book. Call it outside any transaction.

    Raises `OnItsWay`, and an error of `communications/errors.py` where Meta cannot be asked; nothing is erased then.
    With `tell_meta=False` Meta is left out.
    """
    names = personal_data.names_of(contact)
    _require_nothing_on_its_way(contact)
    notes = _forget_at_meta(contact) if tell_meta else ("Meta's contact book was left as it is.",)
    # A STOP that waits to be understood must not be lost.
    for event in events_naming(names):
        if event.processed_at is None:
            processing.process(event)
    names = personal_data.names_of(contact)
    counts = preview(contact)
    last = _cut_out_of_webhooks(names)
    with _locked(contact):
        _erase_rows(contact, names, by=by, details=counts)
    # What came in between.
    _cut_out_of_webhooks(names, after=last)
    return Erased(counts, notes)


def forget_long_gone(contact: Contact, *, is_gone: Callable[[], bool]) -> bool:
    """Erase somebody with whom nobody was in touch for long; say whether it was done. Call it outside any transaction.

    `is_gone` is asked first, and again once Meta has answered and nothing about the person can come in any more. Stored
    webhooks stay: each goes when its own time is over. Raises as `forget` does; nothing is erased then.
    """
    if not is_gone():
        return False
    notes = _forget_at_meta(contact)
    with _locked(contact):
        if not is_gone():
            return False
        details = {"retention": True, "meta": list(notes)}
        _erase_rows(contact, personal_data.names_of(contact), by=None, details=details)
    return True


@contextmanager
def _locked(contact: Contact) -> Iterator[None]:
    """A transaction in which nobody else writes to the person, or keeps what they write."""
    with transaction.atomic():
        signals.person_about_to_be_forgotten.send(Contact, contact=contact)
        # Also what refers to the person waits then.
        Contact.objects.select_for_update().get(pk=contact.pk)
        _require_nothing_on_its_way(contact)
        yield


def _require_nothing_on_its_way(contact: Contact) -> None:
    if contact.messages.filter(status=Status.SENDING).exists():
        raise OnItsWay("A message to this person is on its way. Try again in three minutes: it is settled by then.")


def _forget_at_meta(contact: Contact) -> tuple[str, ...]:
    """Take the person's user IDs out of Meta's contact book, which links them to their number."""
    user_ids = contact.identities.filter(kind=ContactIdentity.Kind.USER_ID, ended_at=None).values_list(
        "value", flat=True
    )
    if not user_ids:
        return ("Meta's contact book has no entry that we could name.",)
    if not is_configured():
        return ("Meta's contact book was left as it is: no access token is set.",)
    return tuple(_forget_user_id(user_id) for user_id in user_ids)


def _forget_user_id(user_id: str) -> str:
    query = {"messaging_product": "whatsapp", "bsuid": user_id}
    try:
        read_success(_client.delete(our_credentials(), "contact_book", query))
    except DeliveryUnconfirmed as unknown:
        raise MetaUnreachable("Meta did not answer about its contact book. Nothing was erased; try again.") from unknown
    except SendFailed as refusal:
        return f"Meta did not take the person out of its contact book (code {refusal.meta_code})."
    return "Meta took the person out of its contact book."


def _cut_out_of_webhooks(names: Names, *, after: int = 0) -> int:
    """Keep of each stored webhook what is about others; return the key up to which was looked."""
    newest = WebhookEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or after
    for event in events_naming(names, after=after):
        rest = part(bytes(event.body), names).rest
        if rest is None:
            event.delete()
        else:
            # The error of a failed one may quote the body.
            WebhookEvent.objects.filter(pk=event.pk).update(body=rest, error="")
    return newest


def _erase_rows(contact: Contact, names: Names, *, by: Any, details: Mapping[str, Any]) -> None:
    signals.person_forgotten.send(Contact, contact=contact)
    live = contact.identities.filter(ended_at=None).values_list("kind", "value")
    wishes = forgotten.remember(contact, live)
    _empty_messages(contact)
    _erase_what_they_wrote(contact)
    _erase_names(contact, names)
    Contact.objects.filter(pk=contact.pk).update(
        name="", last_wrote_at=None, opted_out_at=None, marketing_opted_out_at=None, forgotten_at=timezone.now()
    )
    audit.record(audit.Action.FORGOTTEN, by=by, subject=f"contact {contact.pk}", details={**details, "wishes": wishes})


def _empty_messages(contact: Contact) -> None:
    messages = Message.objects.filter(contact=contact)
    _forget_quotes(contact, messages.filter(wamid__isnull=False).values("wamid"))
    empty(messages)


def empty(messages: QuerySet[Message]) -> None:
    """Leave of these messages what is counted: nobody's number, no word, and no wamid, in which a number stands.

    Runs in a transaction. What still waits is not sent any more; what Meta says of them later is dropped.
    """
    wamids = messages.filter(wamid__isnull=False).values("wamid")
    ParkedStatus.objects.filter(Q(message_ref__in=messages.values("pk")) | Q(wamid__in=wamids)).delete()
    IdempotencyKey.objects.filter(message__in=messages.values("pk")).delete()
    _keep_what_was_charged(messages)
    _keep_names_of_templates(messages)
    messages.filter(status=Status.QUEUED).update(status=Status.FAILED, failure_code=NotSentInTime.code)
    messages.update(
        to_number="", to_user_id="", text="", reply_to="", wamid=None, failure_detail="", meta_details="",
        fbtrace_id="", is_forgotten=True,
    )  # fmt: skip


def _keep_what_was_charged(messages: QuerySet[Message]) -> None:
    """What Meta charged is no word about the person; its errors may be."""
    steps = MessageStatus.objects.filter(message__in=messages.values("pk")).exclude(details={}).only("details")
    told_more = [step for step in steps if not step.details.keys() <= _NOBODYS]
    for step in told_more:
        step.details = {key: step.details[key] for key in _NOBODYS & step.details.keys()}
    MessageStatus.objects.bulk_update(told_more, ["details"], batch_size=500)


def _keep_names_of_templates(messages: QuerySet[Message]) -> None:
    """Of what a message held, only which template it was: it is counted by that."""
    sent = list(messages.filter(kind="template").only("content"))
    for message in sent:
        template = message.content.get("template", {})
        message.content = {"template": {key: template[key] for key in ("name", "language") if key in template}}
    Message.objects.bulk_update(sent, ["content"], batch_size=500)
    messages.exclude(kind="template").update(content={})


def _forget_quotes(contact: Contact, wamids: QuerySet[Message, Any]) -> None:
    """Somebody else, under a name that is in conflict, may have answered a message of this person's."""
    quoting = InboundMessage.objects.filter(context_wamid__in=wamids).exclude(contact=contact)
    for row in quoting:
        row.context_wamid, row.in_reply_to = "", None
        row.content = {key: value for key, value in row.content.items() if key != "context"}
        row.save(update_fields=["context_wamid", "in_reply_to", "content"])


def _erase_what_they_wrote(contact: Contact) -> None:
    # The rows of files go with them, and with those the files, once this is committed.
    InboundMessage.objects.filter(contact=contact).delete()
    ConsentRecord.objects.filter(contact=contact).delete()
    # Their words, kept for somebody whom Meta names alike.
    ConsentRecord.objects.filter(evidence__startswith=f"contact:{contact.pk}:").update(text="")


def _erase_names(contact: Contact, names: Names) -> None:
    values = list(contact.identities.values_list("value", flat=True))
    conflicts = IdentityConflict.objects.filter(Q(contact=contact) | Q(holder=contact) | Q(value__in=values))
    conflicts.delete()
    ContactIdentity.objects.filter(contact=contact).delete()
    told = AccountEvent.objects.filter(field="errors")
    AccountEvent.objects.filter(pk__in=[event.pk for event in told if names.stand_in(str(event.value))]).delete()
