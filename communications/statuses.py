"""Delivery statuses, by webhook or looked up: messages move forward, in any order and however often. Set-based.

What ends in the rows is a function of the set of updates, not of their order: the highest status, and for each status
the earliest report of it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from communications import campaigns, channel, consent, measures, signals
from communications.contacts import NOBODY, Person
from communications.credentials import our_credentials
from communications.errors import SendFailed
from communications.meta_codes import Action, explain
from communications.models import InboundMessage, Message, MessageStatus, ParkedStatus, Status

_NO_FAILURE = {"failure_code": "", "failure_detail": "", "meta_code": None, "meta_details": "", "fbtrace_id": ""}


@dataclass(frozen=True)
class StatusUpdate:
    """A message of ours went one step on. `message_id` is our own ID, when Meta echoed it."""

    wamid: str
    message_id: UUID | None
    status: Status
    at: datetime
    person: Person = NOBODY
    meta_code: int | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Applied:
    """A status and the message it was about."""

    update: StatusUpdate
    message: Message


def apply_statuses(updates: Sequence[StatusUpdate]) -> list[Applied]:
    """Move the messages that the updates are about, and park the rest. Runs in a transaction."""
    if not updates:
        return []
    messages = _locked_messages(updates)
    # What is said of a person whose data was erased would only bring it back.
    updates = [update for update in updates if not messages.is_forgotten(update)]
    named = _take_wamids(messages.applied(updates))
    if named:
        # Statuses without our ID may have come before the one that carries it, in this batch or long ago.
        messages.add(named)
        _join_replies(named)
        updates = [*updates, *_unpark(ParkedStatus.objects.filter(wamid__in=[message.wamid for message in named]))]
    applied = messages.applied(updates)
    newly_told = _keep_steps(applied)
    _move(applied, newly_told=newly_told)
    _measure(newly_told)
    _obey_refusals(applied)
    ParkedStatus.objects.bulk_create(
        [_parked(update) for update in updates if not messages.of(update)], ignore_conflicts=True
    )
    return applied


@transaction.atomic
def join_parked(limit: int = 1000) -> int:
    """Apply parked statuses whose message has appeared since; return how many there were."""
    by_wamid = Exists(Message.objects.filter(wamid=OuterRef("wamid")))
    by_ref = Exists(Message.objects.filter(pk=OuterRef("message_ref")))
    found = [
        *_unpark(ParkedStatus.objects.filter(by_wamid).exclude(wamid="").order_by("pk")[:limit]),
        *_unpark(ParkedStatus.objects.filter(by_ref).order_by("pk")[:limit]),
    ]
    apply_statuses(found)
    return len(found)


class _Messages:
    """Messages by our own ID and by wamid."""

    def __init__(self, found: Iterable[Message]) -> None:
        self._by_id: dict[UUID, Message] = {}
        self._by_wamid: dict[str, Message] = {}
        self.add(found)

    def add(self, found: Iterable[Message]) -> None:
        for message in found:
            self._by_id[message.pk] = message
            if message.wamid:
                self._by_wamid[message.wamid] = message

    def applied(self, updates: Iterable[StatusUpdate]) -> list[Applied]:
        return [Applied(update, message) for update in updates if (message := self.of(update))]

    def of(self, update: StatusUpdate) -> Message | None:
        by_id = self._by_id.get(update.message_id) if update.message_id else None
        return by_id or self._by_wamid.get(update.wamid)

    def is_forgotten(self, update: StatusUpdate) -> bool:
        message = self.of(update)
        return message is not None and message.is_forgotten


def _locked_messages(updates: Sequence[StatusUpdate]) -> _Messages:
    """Find the messages by our ID, or else by wamid, in an order that two workers cannot deadlock on."""
    by_id = {update.message_id for update in updates if update.message_id}
    by_wamid = {update.wamid for update in updates if not update.message_id}
    columns = ("contact_id", "campaign_id", "status", "wamid", "meta_code", "is_forgotten", "sending_since")
    found = Message.objects.select_for_update().only(*columns).order_by("pk")
    messages = _Messages(found.filter(Q(pk__in=by_id) | Q(wamid__in=by_wamid) if by_wamid else Q(pk__in=by_id)))
    # An ID in our field that is none of ours: somebody else sends from this number too.
    strangers = {update.wamid for update in updates if update.wamid and not messages.of(update)} - by_wamid
    if strangers:
        messages.add(found.filter(wamid__in=strangers))
    return messages


def _take_wamids(applied: Sequence[Applied]) -> list[Message]:
    """A message whose answer never reached us takes its wamid from the first status that carries our ID."""
    unnamed = [step for step in applied if step.message.wamid is None and step.update.wamid]
    if not unnamed:
        return []
    # A wamid that another message has already is wrong here, and must not take the batch down.
    taken = set(
        Message.objects.filter(wamid__in=[step.update.wamid for step in unnamed]).values_list("wamid", flat=True)
    )
    settled = []
    for step in unnamed:
        if step.message.wamid is None and step.update.wamid not in taken:
            step.message.wamid = step.update.wamid
            taken.add(step.update.wamid)
            settled.append(step.message)
    Message.objects.bulk_update(settled, ["wamid"])
    return settled


def _join_replies(named: Sequence[Message]) -> None:
    """Somebody may have answered before we knew which message of ours it was."""
    by_wamid = {message.wamid: message for message in named}
    replies = list(InboundMessage.objects.filter(context_wamid__in=by_wamid, in_reply_to=None).only("context_wamid"))
    for reply in replies:
        reply.in_reply_to = by_wamid[reply.context_wamid]
    InboundMessage.objects.bulk_update(replies, ["in_reply_to"])


def _keep_steps(applied: Sequence[Applied]) -> list[Applied]:
    """Keep the earliest report of each status of each message; return those that are new, or earlier than before."""
    earliest: dict[tuple[UUID, str], Applied] = {}
    for step in applied:
        key = (step.message.pk, step.update.status.value)
        if key not in earliest or _order(step.update) < _order(earliest[key].update):
            earliest[key] = step
    kept = {
        (message, status): (pk, at, code or 0)
        for pk, message, status, at, code in MessageStatus.objects.filter(
            message__in={pk for pk, _status in earliest}
        ).values_list("pk", "message_id", "status", "at", "meta_code")
    }
    later = [
        _row(step, pk=kept[key][0])
        for key, step in earliest.items()
        if key in kept and _order(step.update) < kept[key][1:]
    ]
    MessageStatus.objects.bulk_update(later, ["at", "meta_code", "details"])
    MessageStatus.objects.bulk_create([_row(step) for key, step in earliest.items() if key not in kept])
    corrected = {(row.message_id, row.status) for row in later}
    return [step for key, step in earliest.items() if key not in kept or key in corrected]


def _order(update: StatusUpdate) -> tuple[datetime, int]:
    return update.at, update.meta_code or 0


def _row(step: Applied, pk: int | None = None) -> MessageStatus:
    return MessageStatus(
        pk=pk,
        message_id=step.message.pk,
        status=step.update.status,
        at=step.update.at,
        meta_code=step.update.meta_code,
        details=step.update.details,
    )


def _move(applied: Sequence[Applied], *, newly_told: Sequence[Applied]) -> None:
    """Raise each message to the highest status reported of it: one UPDATE for each status, one for all failures."""
    before = {step.message.pk: step.message.status for step in applied}
    for step in applied:
        if step.message.status in step.update.status.may_follow():
            step.message.status = step.update.status
    moved = {step.message.pk: step.message for step in applied if step.message.status != before[step.message.pk]}
    for status in sorted({message.status for message in moved.values()}):
        reached = [pk for pk, message in moved.items() if message.status == status]
        Message.objects.filter(pk__in=reached).update(status=status, **_NO_FAILURE)
    told = {step.message.pk: step.message for step in newly_told if step.update.status is Status.FAILED}
    _explain_failures([message for message in (moved | told).values() if message.status == Status.FAILED], applied)
    for pk, message in moved.items():
        signals.send_after_commit(
            signals.message_status_changed,
            Message,
            message=message,
            status=message.status,
            previous_status=before[pk],
        )


def _explain_failures(failed: Sequence[Message], applied: Sequence[Applied]) -> None:
    """Say on the message why it failed, in the words of the earliest report."""
    reports: dict[UUID, StatusUpdate] = {}
    for step in sorted(applied, key=lambda each: _order(each.update)):
        if step.update.status is Status.FAILED:
            reports.setdefault(step.message.pk, step.update)
    for message in failed:
        failure = failure_of(reports[message.pk])
        message.failure_code, message.failure_detail = failure.code, failure.detail
        if message.meta_code != failure.meta_code:
            message.fbtrace_id = ""
        message.meta_code, message.meta_details = failure.meta_code, failure.meta_details
    Message.objects.bulk_update(failed, list(_NO_FAILURE))


def _measure(newly_told: Sequence[Applied]) -> None:
    measures.delivered([
        (step.message.sending_since, step.update.at)
        for step in newly_told
        if step.update.status is Status.DELIVERED and step.message.sending_since
    ])  # fmt: skip
    measures.failed([
        (step.update.meta_code, step.message.failure_code)
        for step in newly_told
        if step.update.status is Status.FAILED and step.message.status == Status.FAILED
    ])  # fmt: skip


def _obey_refusals(applied: Sequence[Applied]) -> None:
    """Do what Meta's codes ask for beyond the message: with 131050 the person has stopped our marketing."""
    consent.record([
        consent.refused_marketing(step.message, step.update.at)
        for step in applied
        if step.update.meta_code == consent.STOPPED_MARKETING
    ])  # fmt: skip
    for step in applied:
        if step.message.campaign_id and explain(step.update.meta_code).action is Action.STOP_CAMPAIGN:
            campaigns.stop(step.message.campaign_id, step.update.meta_code)
    refused = [step.update for step in applied if _refuses_the_channel(step.update)]
    if refused:
        newest = max(refused, key=_order)
        ours = our_credentials()
        channel.pause_by_failure(ours.phone_number_id, ours.access_token, meta_code=newest.meta_code, at=newest.at)


def _refuses_the_channel(update: StatusUpdate) -> bool:
    return update.status is Status.FAILED and explain(update.meta_code).action is Action.PAUSE


def failure_of(update: StatusUpdate) -> SendFailed:
    """The error that a failed status stands for."""
    errors: Any = update.details.get("errors")
    data = errors[0].get("error_data") if isinstance(errors, list) and errors and isinstance(errors[0], dict) else None
    details = data.get("details") if isinstance(data, dict) else None
    return SendFailed(meta_code=update.meta_code, meta_details=details if isinstance(details, str) else "")


def _parked(update: StatusUpdate) -> ParkedStatus:
    told = [
        str(update.message_id),
        update.wamid,
        update.status,
        update.at.timestamp(),
        update.meta_code,
        update.details,
    ]
    return ParkedStatus(
        message_ref=update.message_id,
        wamid=update.wamid,
        status=update.status,
        at=update.at,
        meta_code=update.meta_code,
        details=update.details,
        fingerprint=hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
    )


def _unpark(waiting: QuerySet[ParkedStatus]) -> list[StatusUpdate]:
    """Take out what no other process takes."""
    rows = list(waiting.select_for_update(skip_locked=True))
    ParkedStatus.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return [_unparked(row) for row in rows]


def _unparked(row: ParkedStatus) -> StatusUpdate:
    return StatusUpdate(
        wamid=row.wamid,
        message_id=row.message_ref,
        status=Status(row.status),
        at=row.at,
        meta_code=row.meta_code,
        details=row.details,
    )
