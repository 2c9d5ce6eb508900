"""A person's traces in the stored bytes of webhooks: found, shown, and cut out without touching those of others."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BinaryField, BooleanField, Func, Q, Value

from communications.json_shapes import objects_in
from communications.models import WebhookEvent

# Rows that are looked through with one query, and names that are looked for at once.
PORTION, NAMES_AT_ONCE = 20_000, 50


@dataclass(frozen=True)
class Parted:
    """A body in two: what is `about` the person, item by item, and the `rest`; None where nothing else is in it."""

    about: list[dict[str, Any]]
    rest: bytes | None


class Names:
    """How Meta names one person: digits of numbers, user IDs, and wamids, in which a number stands encoded."""

    def __init__(self, names: Iterable[str]) -> None:
        self.texts = sorted(filter(None, names))
        # A number is not meant where it is a part of a longer one.
        self._pattern = re.compile(
            "|".join(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])" for name in self.texts)
        )

    def stand_in(self, text: str) -> bool:
        return bool(self.texts) and self._pattern.search(text) is not None

    def as_bytes(self) -> list[bytes]:
        """As they stand in JSON, where Meta writes a slash with a backslash before it."""
        return [variant.encode() for name in self.texts for variant in dict.fromkeys([name, name.replace("/", "\\/")])]


def events_naming(names: Names, *, after: int = 0) -> Iterator[WebhookEvent]:
    """Every stored webhook with a key above `after` that names the person, oldest first.

    There is no index for that: each body is looked through by the database, a portion of the table at a time.
    """
    for start in _starts(after):
        portion = WebhookEvent.objects.filter(pk__gt=start, pk__lte=start + PORTION)
        found = {event.pk: event for some in _some(names.as_bytes()) for event in portion.filter(_any_of(some))}
        yield from (found[pk] for pk in sorted(found) if names.stand_in(_text(found[pk].body)))


def some_events_naming(names: Names, *, since: datetime, after: int = 0) -> tuple[list[WebhookEvent], int | None]:
    """Look through one portion of the webhooks that came after `since`, with a key above `after`, oldest first.

    Returns those that name the person, and the key to go on after; None where all were looked through.
    """
    come = WebhookEvent.objects.filter(received_at__gte=since)
    first = come.order_by("received_at").values_list("pk", flat=True).first()
    if first is None:
        return [], None
    start = max(after, first - 1)
    portion = WebhookEvent.objects.filter(pk__gt=start, pk__lte=start + PORTION)
    found = [
        event for event in portion.filter(_any_of(names.as_bytes())).order_by("pk") if names.stand_in(_text(event.body))
    ]
    has_more = WebhookEvent.objects.filter(pk__gt=start + PORTION).exists()
    return found, start + PORTION if has_more else None


def part(body: bytes, names: Names) -> Parted:
    """Part what is about the person from what is about others. What is not JSON is about them as a whole."""
    try:
        shell = json.loads(body)
    except (ValueError, RecursionError):
        return Parted([{"body": _text(body)}], None)
    about: list[dict[str, Any]] = []
    for entry in objects_in(shell, "entry"):
        entry["changes"] = [change for change in objects_in(entry, "changes") if _keep(change, names, about)]
    if isinstance(shell, dict):
        shell["entry"] = [entry for entry in objects_in(shell, "entry") if entry["changes"]]
    rest = json.dumps(shell, separators=(",", ":"))
    is_left = isinstance(shell, dict) and shell["entry"] and not names.stand_in(json.dumps(shell, ensure_ascii=False))
    return Parted(about, rest.encode() if is_left else None)


def _keep(change: dict[str, Any], names: Names, about: list[dict[str, Any]]) -> bool:
    """Take the person's items out of a change; say whether anything of it is left."""
    value = change.get("value")
    if not isinstance(value, dict):
        return not _is_about(change, names)
    had_items = has_items = False
    for key, items in value.items():
        if not isinstance(items, list):
            continue
        theirs = [item for item in items if _is_about(item, names)]
        about += [{"field": change.get("field"), "kind": key, "item": item} for item in theirs]
        value[key] = [item for item in items if item not in theirs]
        # `contacts` only stands beside what it is about.
        had_items, has_items = had_items or bool(items), has_items or bool(value[key] and key != "contacts")
    if _is_about(value, names):
        about.append({"field": change.get("field"), "kind": "value", "item": value})
        return False
    return has_items or not had_items


def _is_about(item: object, names: Names) -> bool:
    return names.stand_in(json.dumps(item, ensure_ascii=False))


class _Holds(Func):
    """Whether a column of bytes holds these bytes."""

    output_field = BooleanField()
    arity = 2

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="position(%(expressions)s) > 0", arg_joiner=" in ", **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        swapped = self.copy()
        swapped.set_source_expressions(self.get_source_expressions()[::-1])
        return swapped.as_sql(compiler, connection, template="instr(%(expressions)s) > 0", **extra)


def _any_of(some: list[bytes]) -> Q:
    condition = Q()
    for name in some:
        condition |= Q(_Holds(Value(name, output_field=BinaryField()), "body"))
    return condition


def _some(names: list[bytes]) -> Iterator[list[bytes]]:
    return (names[start : start + NAMES_AT_ONCE] for start in range(0, len(names), NAMES_AT_ONCE))


def _starts(after: int) -> range:
    keys = WebhookEvent.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
    first, last = keys.first(), keys.last()
    return range(first - 1, last, PORTION) if first is not None and last is not None else range(0)


def _text(body: bytes | memoryview) -> str:
    return bytes(body).decode(errors="replace").replace("\\/", "/")
