"""Counting by difference: what a thing is counted as is kept, taken back when it changes, and counted anew.

So the tallies are a function of the rows, whatever the order and number of changes. Only one process counts at a time.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from communications import among  # noqa: F401  (registers the lookup)
from communications.dimensions import Kind
from communications.models import Change, Counted, Tally

# A tenth of a second's work: webhooks wait for it no longer.
PORTION = 1000
# What changes often is counted once: so many changes are looked through for it.
_LOOKED_THROUGH = 10_000
_REBUILT_AT_ONCE = 10_000
# SQLite takes some 30,000 values in one statement.
_WRITTEN_AT_ONCE = 5000


class Reading(NamedTuple):
    """What a thing is to be counted as. A fact with a colon in it is kept among the details."""

    kind: Kind
    facts: tuple[str, ...]


Read = Callable[[Collection[UUID], Mapping[UUID, Reading]], Mapping[UUID, Reading]]
Follower = Callable[[Collection[UUID]], None]
_Differences = dict[Kind, Counter[str]]


class Ledger:
    """The tables of one thing that is counted, and `read`, which says what some of them are to be counted as.

    `things` have a UUID and `created_at`. `read` is given what they are counted as now, for those of whom nothing else
    is known any more; it leaves out things that are no longer there.
    """

    def __init__(
        self,
        *,
        things: type[models.Model],
        changes: type[Change],
        counted: type[Counted],
        tallies: type[Tally],
        read: Read,
    ) -> None:
        self._things: models.Manager[Any] = things._default_manager
        self._changes: models.Manager[Any] = changes._default_manager
        self._counted: models.Manager[Any] = counted._default_manager
        self._tallies: models.Manager[Any] = tallies._default_manager
        self._read = read
        self._followers: list[Follower] = []

    def tell(self, follower: Follower) -> None:
        """Let `follower` know what is being counted anew, in the same transaction."""
        self._followers.append(follower)

    @transaction.atomic
    def count_changed(self, limit: int = PORTION) -> int:
        """Count up to `limit` things that have changed; return how many, 0 while another process counts."""
        if not self._is_alone():
            return 0
        noted = list(self._changes.order_by("pk").values_list("pk", "changed_id")[:_LOOKED_THROUGH])
        oldest = set(islice(dict.fromkeys(changed for _pk, changed in noted), limit))
        if oldest:
            self._count(oldest)
            for follower in self._followers:
                follower(oldest)
            # By their keys: a change with a lower one may be committed only now.
            self._changes.filter(pk__among=[pk for pk, changed in noted if changed in oldest]).delete()
        return len(oldest)

    @transaction.atomic
    def rebuild(self, day: date | None = None) -> int:
        """Count one day from its rows, or everything; return how many things were counted."""
        self._wait_until_alone()
        counted_then = {} if day is None else {"day": day}
        things = self._things.filter(**({} if day is None else {"created_at__range": _moments_of(day)}))
        self._tallies.filter(**counted_then).delete()
        total = 0
        for portion in _portions(things):
            self._count(portion, taken_back=lambda kind: day in {None, kind.day})
            total += len(portion)
        self._counted.filter(**counted_then).exclude(Exists(things.filter(pk=OuterRef("pk")))).delete()
        return total

    def behind_since(self) -> datetime | None:
        """When the oldest change was noted that is not counted yet."""
        moment: datetime | None = self._changes.order_by("pk").values_list("noted_at", flat=True).first()
        return moment

    def _count(self, ids: Collection[UUID], taken_back: Callable[[Kind], bool] = lambda kind: False) -> None:
        """Take back what these are counted as, where that has not happened yet, and count them anew."""
        before = {row.id: _reading(row) for row in self._counted.filter(pk__among=ids)}
        now = self._read(ids, before)
        differences: _Differences = defaultdict(Counter)
        for pk in ids:
            old, new = before.get(pk), now.get(pk)
            if old and taken_back(old.kind):
                old = None
            if old == new:
                continue
            if old:
                differences[old.kind].subtract(_counts(old))
            if new:
                differences[new.kind].update(_counts(new))
        _upsert(self._counted, [self._row(pk, new) for pk, new in now.items() if new != before.get(pk)])
        self._counted.filter(pk__among=before.keys() - now.keys()).delete()
        self._add_to_tallies(differences)

    def _row(self, pk: UUID, reading: Reading) -> Counted:
        row: Counted = self._counted.model(id=pk, facts=" ".join(reading.facts), **reading.kind._asdict())
        return row

    def _add_to_tallies(self, differences: _Differences) -> None:
        spread: _Differences = defaultdict(Counter)
        for kind, counts in differences.items():
            for counted_in in kind.everywhere():
                spread[counted_in].update(counts)
        # Side by side in the table, as they will be read together.
        waiting = iter(sorted(spread.items(), key=lambda item: (item[0].told_apart, item[0])))
        while some := dict(islice(waiting, _WRITTEN_AT_ONCE)):
            self._add_some(some)

    def _add_some(self, spread: Mapping[Kind, Counter[str]]) -> None:
        keys = {kind: kind.key for kind in spread}
        there = {row.pk: row for row in self._tallies.filter(pk__among=keys.values())}
        rows = []
        for kind, counts in spread.items():
            row = there.get(keys[kind]) or self._tallies.model(
                id=keys[kind], told_apart=kind.told_apart, **kind._asdict()
            )
            _add(row, counts)
            rows.append(row)
        _upsert(self._tallies, [row for row in rows if row.total])
        self._tallies.filter(pk__among=[row.pk for row in rows if not row.total]).delete()

    def _is_alone(self) -> bool:
        """Keep others from counting until the transaction ends. SQLite lets one process write at a time anyway."""
        return self._lock("pg_try_advisory_xact_lock") if connection.vendor == "postgresql" else True

    def _wait_until_alone(self) -> None:
        if connection.vendor == "postgresql":
            self._lock("pg_advisory_xact_lock")

    def _lock(self, function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(hashtext(%s))", [self._tallies.model._meta.db_table])
            return bool(cursor.fetchone()[0])


def _portions(things: models.QuerySet[Any]) -> Iterator[list[UUID]]:
    keys = things.order_by("pk").values_list("pk", flat=True)
    portion = list(keys[:_REBUILT_AT_ONCE])
    while portion:
        yield portion
        portion = list(keys.filter(pk__gt=portion[-1])[:_REBUILT_AT_ONCE])


@cache
def columns_of(tallies: type[Tally]) -> list[str]:
    """The facts that have a column of their own."""
    return [field.name for field in tallies._meta.concrete_fields if isinstance(field, models.IntegerField)]


def day_of(moment: datetime) -> date:
    """The day on which something is counted: in the project's time zone, whoever looks."""
    return moment.astimezone(timezone.get_default_timezone()).date()


def _moments_of(day: date) -> tuple[datetime, datetime]:
    zone = timezone.get_default_timezone()
    next_midnight = datetime.combine(day + timedelta(days=1), time.min, zone)
    return datetime.combine(day, time.min, zone), next_midnight - timedelta(microseconds=1)


def _reading(row: Counted) -> Reading:
    return Reading(Kind(row.day, row.sender, row.template, row.country, row.campaign), tuple(row.facts.split()))


def _counts(reading: Reading) -> list[str]:
    return ["total", *reading.facts]


def _add(row: Tally, counts: Mapping[str, int]) -> None:
    """Facts without a column of their own stand among the details, as long as there are any."""
    columns = columns_of(type(row))
    for fact, count in counts.items():
        if fact in columns:
            setattr(row, fact, getattr(row, fact) + count)
        elif changed := row.details.get(fact, 0) + count:
            row.details[fact] = changed
        else:
            row.details.pop(fact, None)


def _upsert(rows: models.Manager[Any], written: list[Any]) -> None:
    fields = [field.name for field in rows.model._meta.concrete_fields if not field.primary_key]
    rows.bulk_create(
        written, update_conflicts=True, unique_fields=["id"], update_fields=fields, batch_size=_WRITTEN_AT_ONCE
    )
