"""What the tallies say: how many messages were sent, arrived and were read, why they failed, what they cost.

A page costs the same however many messages there are: it reads rows that were added up before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cached_property, reduce
from itertools import groupby
from typing import Self

from django.db.models import Model, QuerySet, Sum

from communications import delays
from communications.conf import works_in_request
from communications.dimensions import ALL, DIMENSIONS, smallest_that_tells
from communications.ledger import Ledger, columns_of
from communications.models import MessageTally, Tally

# How much is counted while a page waits, where nobody does the due work.
_PORTIONS_IN_REQUEST = 10


@dataclass(frozen=True)
class Question:
    """What is asked: the days from `first` to `last`, both included; a dimension is filtered by unless it is None."""

    first: date
    last: date
    sender: str | None = None
    template: str | None = None
    country: str | None = None
    campaign: str | None = None

    @property
    def filters(self) -> dict[str, str]:
        told = {name: getattr(self, name) for name in DIMENSIONS}
        return {name: value for name, value in told.items() if value is not None}

    @property
    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


Counts = Counter[str]


def per_day(tallies: type[Tally], question: Question) -> dict[date, Counts]:
    """How often each fact is true, by day; a day without anything is not there."""
    columns = columns_of(tallies)
    days: dict[date, Counts] = defaultdict(Counter)
    for day, details, *counted in _rows(tallies, question).values_list("day", "details", *columns):
        days[day].update(dict(zip(columns, counted, strict=True)))
        days[day].update(details)
    return days


def by(tallies: type[Tally], question: Question, dimension: str, limit: int) -> dict[str, Counts]:
    """How many there are of each value of a dimension, the most frequent first; facts without a column are left out."""
    columns = columns_of(tallies)
    sums = {f"sum_{name}": Sum(name) for name in columns}
    grouped = _rows(tallies, question, dimension).values(dimension).annotate(**sums)
    rows = grouped.order_by("-sum_total", dimension).values_list(dimension, *sums)[:limit]
    return {value: Counter(dict(zip(columns, counted, strict=True))) for value, *counted in rows}


def _rows(tallies: type[Tally], question: Question, *told_apart: str) -> QuerySet[Model]:
    filters = question.filters
    return tallies._default_manager.filter(
        told_apart=smallest_that_tells({*filters, *told_apart}), day__range=(question.first, question.last), **filters
    )


def bring_up_to_date(*ledgers: Ledger) -> datetime | None:
    """Count what has changed, unless a worker does; return since when something waits to be counted, if it does."""
    if works_in_request():
        for ledger in ledgers:
            for _portion in range(_PORTIONS_IN_REQUEST):
                if not ledger.behind_since() or not ledger.count_changed():
                    break
    return min((since for ledger in ledgers if (since := ledger.behind_since())), default=None)


@dataclass(frozen=True)
class Summable:
    """Numbers that are added up one by one."""

    def __add__(self, other: Self) -> Self:
        return type(self)(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


@dataclass(frozen=True)
class MessageCounts(Summable):
    """Each holds those who came further: what was read was delivered, and what was delivered was sent."""

    total: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    failed: int = 0
    unconfirmed: int = 0

    @property
    def waiting(self) -> int:
        """In our queue, or with WhatsApp."""
        return self.total - self.sent - self.failed - self.unconfirmed

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "MessageCounts":
        read = counts.get("read", 0)
        delivered = counts.get("delivered", 0) + read
        return cls(
            total=counts.get("total", 0),
            sent=counts.get("sent", 0) + delivered,
            delivered=delivered,
            read=read,
            failed=counts.get("failed", 0),
            unconfirmed=counts.get("unconfirmed", 0),
        )


@dataclass(frozen=True)
class Delay:
    """Seconds in which half of the messages came so far, and nine in ten; None if none did."""

    p50: float | None
    p90: float | None


@dataclass(frozen=True)
class Charge:
    """Messages of one of Meta's categories to one country: those that Meta charges for, and those that were free."""

    category: str
    country: str
    billable: int
    free: int

    def plus(self, other: "Charge") -> "Charge":
        return Charge(self.category, ALL, self.billable + other.billable, self.free + other.free)


@dataclass(frozen=True)
class Messages:
    """Everything that is told about messages in some days."""

    question: Question
    counts: Mapping[date, Counts]

    @cached_property
    def all_days(self) -> Counts:
        return sum(self.counts.values(), Counter())

    @property
    def total(self) -> MessageCounts:
        return MessageCounts.of(self.all_days)

    @property
    def days(self) -> list[tuple[date, MessageCounts]]:
        return [(day, MessageCounts.of(self.counts.get(day, {}))) for day in self.question.days]

    @property
    def failures(self) -> list[tuple[str, int]]:
        """Codes of Meta or words of ours, the most frequent first."""
        return sorted(self._told("failed").items(), key=lambda item: (-item[1], item[0]))

    @property
    def delivered_in(self) -> Delay:
        return self._delay("delivered_in")

    @property
    def read_in(self) -> Delay:
        return self._delay("read_in")

    @property
    def charges(self) -> list[Charge]:
        billable, free = self._told("billable"), self._told("free")
        priced = [(told, *told.split("/")) for told in sorted({*billable, *free})]
        return [
            Charge(category, country, billable=billable[told], free=free[told]) for told, category, country in priced
        ]

    @property
    def charges_by_category(self) -> list[Charge]:
        """The same for all countries together."""
        charges = groupby(self.charges, key=lambda each: each.category)
        return [reduce(Charge.plus, group) for _category, group in charges]

    def _delay(self, name: str) -> Delay:
        counted = {int(bucket): count for bucket, count in self._told(name).items()}
        return Delay(delays.quantile(counted, 0.5), delays.quantile(counted, 0.9))

    def _told(self, name: str) -> Counts:
        prefix = f"{name}:"
        return Counter({
            fact.removeprefix(prefix): count for fact, count in self.all_days.items() if fact.startswith(prefix)
        })  # fmt: skip


def messages(question: Question) -> Messages:
    return Messages(question, per_day(MessageTally, question))


def messages_by(dimension: str, question: Question, limit: int) -> dict[str, MessageCounts]:
    found = by(MessageTally, question, dimension, limit)
    return {value: MessageCounts.of(counts) for value, counts in found.items()}
