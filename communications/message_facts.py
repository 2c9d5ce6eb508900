"""What a message is counted as: when, by whom, what, where; its status, why it failed, how long it took, what it cost.

A message is counted on the day it was created, whatever happens later: so its numbers belong together.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from communications.change_log import Watch
from communications.delays import bucket_of
from communications.dimensions import ALL, Kind
from communications.ledger import Ledger, Reading, day_of
from communications.models import ChangedMessage, CountedMessage, Message, MessageStatus, MessageTally, Status
from communications.phone_numbers import country_of

# From the first of these on, WhatsApp had the message.
_TAKEN = (Status.ACCEPTED, Status.HELD, Status.SENT)
# Meta tells the price with any of these, and charges for what was delivered.
_PRICED = (Status.READ, Status.DELIVERED, Status.SENT)
_STEPS = (*_TAKEN, Status.DELIVERED, Status.READ)

Senders = Callable[[Collection[UUID]], Mapping[UUID, str]]

_senders: list[Senders] = []


def add_senders(senders_of: Senders) -> None:
    """Let another app say who asked for messages of its own: given their IDs, it returns keys of users."""
    _senders.append(senders_of)


def read(ids: Collection[UUID], before: Mapping[UUID, Reading]) -> dict[UUID, Reading]:
    """Say what these messages are to be counted as.

    The messages of somebody who was forgotten are empty: they stay where they were counted `before`.
    """
    steps = _steps_of(ids)
    senders = {pk: sender for senders_of in _senders for pk, sender in senders_of(ids).items()}
    found = Message.objects.filter(pk__among=ids).values_list(
        "pk", "created_at", "status", "meta_code", "failure_code", "to_number", "to_user_id", "campaign_id",
        "requested_by_id", "content__template__name", "is_forgotten",
    )  # fmt: skip
    readings = {}
    for (
        pk, created_at, status, meta_code, failure_code, number, user_id, campaign, requested_by, template, is_forgotten
    ) in found:  # fmt: skip
        kind = Kind(
            day=day_of(created_at),
            sender=senders.get(pk) or str(requested_by or ""),
            template=name_of_template(template),
            country=place_of(number, user_id),
            campaign=str(campaign or ""),
        )
        if is_forgotten and pk in before:
            kind = kind._replace(template=before[pk].kind.template, country=before[pk].kind.country)
        facts = [str(status), *_delays(created_at, steps[pk]), *_price(status, kind.country, steps[pk])]
        if status == Status.FAILED:
            facts.append(f"failed:{meta_code if meta_code is not None else failure_code or 'unknown'}")
        readings[pk] = Reading(kind, tuple(sorted(facts)))
    return readings


_LOG = ChangedMessage._meta.db_table
WATCHES = (Watch(Message._meta.db_table, "id", _LOG), Watch(MessageStatus._meta.db_table, "message_id", _LOG))
MESSAGES = Ledger(things=Message, changes=ChangedMessage, counted=CountedMessage, tallies=MessageTally, read=read)


def name_of_template(name: object) -> str:
    """The template's name as it is counted; empty for what has none, and for one that no template can have."""
    return name[:512] if isinstance(name, str) and name != ALL else ""


def place_of(number: str, user_id: str = "") -> str:
    """The country (ISO 3166) of a number, or else of a user ID, which begins with it."""
    return country_of(number) if number else user_id.partition(".")[0][:2]


def _steps_of(ids: Collection[UUID]) -> dict[UUID, dict[str, tuple[Any, Any]]]:
    """When each message reached its steps, and what Meta then said about the price."""
    steps: dict[UUID, dict[str, tuple[Any, Any]]] = defaultdict(dict)
    told = MessageStatus.objects.filter(message_id__among=ids, status__in=_STEPS)
    for pk, status, at, pricing in told.values_list("message_id", "status", "at", "details__pricing"):
        steps[pk][status] = (at, pricing)
    return steps


def _delays(created_at: Any, steps: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    began = min((steps[step][0] for step in _TAKEN if step in steps), default=created_at)
    for step in (Status.DELIVERED, Status.READ):
        if step in steps:
            yield f"{step}_in:{bucket_of(began, steps[step][0])}"


def _price(status: str, country: str, steps: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    pricing = next((steps[step][1] for step in _PRICED if step in steps and isinstance(steps[step][1], dict)), None)
    if pricing is None or status not in {Status.DELIVERED, Status.READ}:
        return
    category = re.sub(r"\W+", "_", str(pricing.get("category") or "").lower())[:40] or "unknown"
    is_billable = pricing.get("billable", pricing.get("type") == "regular")
    yield f"{'billable' if is_billable is True else 'free'}:{category}/{country}"
