"""What became of messages that were sent: all that came back together is recorded together, forward only.

A webhook may have been quicker, and then says more. What Meta accepted is never put back and never lost: a wamid that
cannot be kept costs nobody else's.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, connection, transaction

from communications import campaigns, channel, consent, measures, queue, retries, signals, templates
from communications.contacts import Person, Sighting, recognise
from communications.errors import ChannelPaused, DeliveryUnconfirmed, WhatsAppError
from communications.graph.client import Credentials
from communications.graph.protocol import Accepted
from communications.meta_codes import Action, explain
from communications.metrics import MESSAGES_LEFT_THE_QUEUE
from communications.models import Contact, Message, MessageStatus, Status
from communications.sentences import Sentence

logger = logging.getLogger(__name__)

_MOST_ATTEMPTS = 32_000


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process took from the queue at `since`, by the database's clock."""

    pk: UUID
    contact_id: int
    campaign_id: UUID | None
    to_number: str
    to_user_id: str
    content: dict[str, Any] = field(repr=False)
    reply_to: str
    attempts: int
    due_at: datetime | None
    expires_at: datetime | None
    since: datetime

    @property
    def recipient(self) -> str:
        return self.to_number or self.to_user_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one message: Meta's answer, or why there is none; neither if it was never written to Meta.

    `pause` is how long, in seconds, it then waits in the queue: 0 not at all, None if it does not go back there.
    """

    message: Claimed
    accepted: Accepted | None = None
    failure: WhatsAppError | None = None
    pause: float | None = None


def judged(message: Claimed, failure: WhatsAppError) -> Outcome:
    """The outcome of a failure: back to the queue if it may go later and in time, or the end."""
    pause = retries.pause_after(failure, message.attempts)
    if pause is not None and explain(failure.meta_code).action is Action.WAIT and not _in_time(message, pause):
        pause = None
    return Outcome(message, failure=failure, pause=pause)


def _in_time(message: Claimed, pause: float) -> bool:
    return message.expires_at is not None and message.since + timedelta(seconds=pause) < message.expires_at


def record(outcomes: Sequence[Outcome], credentials: Credentials) -> int:
    """Keep what became of these messages; return how many left the queue.

    Raises DatabaseError or InterfaceError, and may then be called again with the same.
    """
    try:
        left = _record(outcomes, credentials)
    except (IntegrityError, DataError):
        # A wamid that another message has already, or words that no column takes, must not take the others down.
        logger.exception("%s results could not be recorded together; recording each by itself", len(outcomes))
        left = sum(_record_alone(outcome, credentials) for outcome in outcomes)
    _learn_spellings([outcome for outcome in outcomes if outcome.accepted])
    for outcome in outcomes:
        MESSAGES_LEFT_THE_QUEUE.labels(_word(outcome)).inc()
    return left


def _record_alone(outcome: Outcome, credentials: Credentials) -> int:
    try:
        return _record([outcome], credentials)
    except (IntegrityError, DataError):
        unknown = DeliveryUnconfirmed(Sentence("WhatsApp's answer could not be recorded."))
        return _record([Outcome(outcome.message, failure=unknown)], credentials)


@transaction.atomic
def _record(outcomes: Sequence[Outcome], credentials: Credentials) -> int:
    rows, now = queue.locked(Message.objects.filter(pk__in=[outcome.message.pk for outcome in outcomes]))
    if now is None:
        return 0
    by_key = {row.pk: row for row in rows}
    known = [(by_key[outcome.message.pk], outcome) for outcome in outcomes if outcome.message.pk in by_key]
    done = [(row, outcome) for row, outcome in known if outcome.pause is None]
    _put_back([(row, outcome) for row, outcome in known if outcome.pause is not None], now)
    _keep_accepted([(row, outcome.accepted) for row, outcome in done if outcome.accepted], now)
    _keep_failures([(row, outcome.failure) for row, outcome in done if outcome.failure], now)
    _obey(known, credentials)
    _measure(done, now)
    _tell_who_left([row.pk for row, outcome in done if outcome.accepted or _is_unknown(outcome.failure)])
    return len(done)


def _measure(done: Sequence[tuple[Message, Outcome]], now: datetime) -> None:
    measures.accepted(
        [(measures.could_go_at(row.pk, each.message.due_at), now) for row, each in done if each.accepted], way="queue"
    )


def _tell_who_left(keys: Sequence[UUID]) -> None:
    if keys:
        signals.send_after_commit(signals.messages_left, Message, message_ids=keys)


def _put_back(back: Sequence[tuple[Message, Outcome]], now: datetime) -> None:
    """It certainly did not leave: let it wait again, unless the row has moved on without us."""
    ours = [
        (row, each) for row, each in back if row.status == Status.SENDING and row.sending_since == each.message.since
    ]
    for row, outcome in ours:
        was_tried = outcome.failure is not None and retries.counts(outcome.failure)
        row.status, row.sending_since, row.opens_conversation = Status.QUEUED, None, False
        row.attempts = min(outcome.message.attempts + was_tried, _MOST_ATTEMPTS)
        row.due_at = now + timedelta(seconds=outcome.pause) if outcome.pause else outcome.message.due_at
    fields = ["status", "sending_since", "opens_conversation", "attempts", "due_at"]
    Message.objects.bulk_update([row for row, _outcome in ours], fields)


def _keep_accepted(accepted: Sequence[tuple[Message, Accepted]], now: datetime) -> None:
    steps = [(row, Status.HELD if answer.held else Status.ACCEPTED, answer.wamid) for row, answer in accepted]
    moved = [(row, row.status) for row, status, _wamid in steps if row.status in status.may_follow()]
    for row, status, wamid in steps:
        if row.status in status.may_follow():
            # A webhook that came first has set the wamid too.
            row.status, row.wamid = status, row.wamid or wamid
    write = _write_accepted_at_once if connection.vendor == "postgresql" else _write_accepted
    write([row for row, _before in moved], [(row.pk, status) for row, status, _wamid in steps], now)
    for row, before in moved:
        queue.tell(row, before=before)


def _write_accepted(rows: Sequence[Message], steps: Sequence[tuple[UUID, Status]], now: datetime) -> None:
    Message.objects.bulk_update(rows, ["status", "wamid"])
    MessageStatus.objects.bulk_create(
        [MessageStatus(message_id=pk, status=status, at=now) for pk, status in steps], ignore_conflicts=True
    )


def _write_accepted_at_once(rows: Sequence[Message], steps: Sequence[tuple[UUID, Status]], now: datetime) -> None:
    """Do both with one statement, without an object for each step and a branch of a CASE for each row."""
    sql = (
        f"WITH moved AS (UPDATE {Message._meta.db_table} AS message "  # noqa: S608 - the models' own names
        "SET status = told.status, wamid = told.wamid "
        "FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS told (id, status, wamid) WHERE message.id = told.id) "
        f"INSERT INTO {MessageStatus._meta.db_table} (message_id, status, at, recorded_at, details) "
        "SELECT step.id, step.status, %s, %s, '{}' FROM unnest(%s::uuid[], %s::text[]) AS step (id, status) "
        "ON CONFLICT DO NOTHING"
    )
    told: list[list[Any]] = [[row.pk for row in rows], [str(row.status) for row in rows], [row.wamid for row in rows]]
    kept: list[list[Any]] = [[pk for pk, _status in steps], [str(status) for _pk, status in steps]]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*told, now, now, *kept])


def _keep_failures(failures: Sequence[tuple[Message, WhatsAppError]], now: datetime) -> None:
    steps = [(row, _end_of(failure), failure) for row, failure in failures]
    moved = [(row, row.status) for row, status, _failure in steps if row.status in status.may_follow()]
    for row, status, failure in steps:
        if row.status in status.may_follow():
            for name, value in {"status": status, **queue.failure_fields(failure)}.items():
                setattr(row, name, value)
    Message.objects.bulk_update([row for row, _before in moved], ["status", *queue.FAILURE_FIELDS])
    MessageStatus.objects.bulk_create(
        [
            MessageStatus(message_id=row.pk, status=status, at=now, meta_code=failure.meta_code)
            for row, status, failure in steps
        ],
        ignore_conflicts=True,
    )
    measures.failed([(row.meta_code, row.failure_code) for row, _before in moved if row.status == Status.FAILED])
    for row, before in moved:
        logger.warning("Message %s is %s: %s, Meta's code %s", row.pk, row.status, row.failure_code, row.meta_code)
        queue.tell(row, before=before)


def _end_of(failure: WhatsAppError) -> Status:
    return Status.UNCONFIRMED if _is_unknown(failure) else Status.FAILED


def _is_unknown(failure: WhatsAppError | None) -> bool:
    return isinstance(failure, DeliveryUnconfirmed)


def _obey(known: Iterable[tuple[Message, Outcome]], credentials: Credentials) -> None:
    """Do what Meta's codes ask for beyond the message itself."""
    refused = [(row, each.message, each.failure) for row, each in known if each.failure]
    stopped_marketing = [row for row, _message, failure in refused if failure.meta_code == consent.STOPPED_MARKETING]
    consent.record([consent.refused_marketing(row) for row in stopped_marketing])
    for _row, message, failure in refused:
        action = explain(failure.meta_code).action
        if isinstance(failure, ChannelPaused):
            channel.pause(credentials.phone_number_id, credentials.access_token, meta_code=failure.meta_code)
        elif action is Action.HOLD:
            templates.pause(message.content)
        elif action is Action.STOP_CAMPAIGN and message.campaign_id:
            campaigns.stop(message.campaign_id, failure.meta_code)


def _learn_spellings(outcomes: Sequence[Outcome]) -> None:
    """Brazilian and Mexican numbers come back spelt otherwise: keep WhatsApp's spelling beside ours."""
    spelt = [
        (each.message, each.accepted)
        for each in outcomes
        if each.accepted and each.accepted.wa_id and each.accepted.wa_id != each.message.to_number.removeprefix("+")
    ]
    if not spelt:
        return
    contacts = Contact.objects.in_bulk({message.contact_id for message, _answer in spelt})
    sightings = [
        Sighting(Person(wa_id=answer.wa_id, user_id=answer.user_id), "answer", contacts[message.contact_id])
        for message, answer in spelt
        if message.contact_id in contacts
    ]
    try:
        with transaction.atomic():
            recognise(sightings)
    except IntegrityError:
        # Somebody learned the same at the same moment; the first status says it again.
        logger.warning("WhatsApp's names for the recipients of %s messages could not be kept", len(sightings))


def _word(outcome: Outcome) -> str:
    if outcome.accepted:
        return "accepted"
    if outcome.pause is not None:
        return "put_back"
    return _end_of(outcome.failure).value if outcome.failure else "put_back"
