"""Reads Meta's answers without believing their shape, and our own rows without counting millions of them."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from communications.health.findings import NotKnown
from communications.health.meta import Told
from communications.message_text import readable

COUNTED = 1000


def facts(told: Told) -> dict[str, Any]:
    """What Meta said; raises `NotKnown` with the reason where it said nothing."""
    if told.problem:
        raise NotKnown(told.problem)
    return told.facts


def text(holder: object, *path: str) -> str:
    """The text at `path`; empty where there is none."""
    value = holder
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return readable(value) if isinstance(value, str) else str(value) if type(value) is int else ""


def number(holder: object, key: str) -> int:
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if type(value) is int else 0


def texts(holder: object, key: str) -> list[str]:
    items = holder.get(key) if isinstance(holder, dict) else None
    return [readable(item) for item in items if isinstance(item, str)] if isinstance(items, list) else []


def count(rows: QuerySet[Any, Any]) -> int:
    """How many rows there are, and no more than `COUNTED` + 1."""
    return len(rows.order_by().values_list("pk", flat=True)[: COUNTED + 1])


def count_in_words(counted: int) -> str:
    return _("more than %(count)d") % {"count": COUNTED} if counted > COUNTED else str(counted)


def ago(moment: datetime) -> str:
    """“3 minutes ago”, and “just now” for what is less than one."""
    if timezone.now() - moment < timedelta(minutes=1):
        return _("just now")
    # Django puts spaces there that no line breaks at, which a terminal need not have.
    return _("%(time)s ago") % {"time": timesince(moment, depth=1).replace("\xa0", " ")}


def newest(rows: QuerySet[Any, Any]) -> Any:
    """The newest row by its key, which grows with time."""
    return rows.order_by("-pk").first()
