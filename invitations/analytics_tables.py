"""The report as JSON and as CSV: the same numbers, under the same names."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from communications.analytics import Delay, MessageCounts
from invitations.analytics import InvitationCounts, Line, Report
from invitations.failure_reasons import Reason, reason_of
from invitations.spreadsheet_cells import harmless

# How the API calls a dimension: the table, and what one row of it is called.
TABLES = {
    "template": ("byTemplate", "template"),
    "country": ("byCountry", "country"),
    "campaign": ("byCampaign", "campaign"),
    "sender": ("byInviter", "inviter"),
}
MESSAGES = ("total", "sent", "delivered", "read", "failed", "unconfirmed", "waiting")
INVITATIONS = ("total", "sent", "delivered", "read", "opened", "joined", "declined", "failed", "waiting")
COLUMNS = (
    "table", "key", "name", *(f"invitations.{name}" for name in INVITATIONS),
    *(f"messages.{name}" for name in MESSAGES), "billable", "free", "p50Seconds", "p90Seconds", "amount",
)  # fmt: skip


def as_json(report: Report, filters: dict[str, str], reader: Any) -> dict[str, Any]:
    """The body of `GET /api/analytics/`."""
    question, messages = report.question, report.messages
    return {
        "from": question.first.isoformat(),
        "to": question.last.isoformat(),
        "timeZone": str(timezone.get_default_timezone()),
        "filters": filters,
        "countingSince": report.waiting_since,
        **_counts(report.total, messages.total),
        "perDay": [{"day": day.day.isoformat(), **_counts(day.invitations, day.messages)} for day in report.days],
        **{TABLES[name][0]: [_line(name, line) for line in lines] for name, lines in report.tables.items()},
        "failures": [
            {"code": reason.code, "reason": reason.meaning, "messages": reason.messages}
            for reason in reasons(report, reader)
        ],
        "timeToDelivered": _delay(messages.delivered_in),
        "timeToRead": _delay(messages.read_in),
        "billable": [
            {"category": each.category, "country": each.country, "billable": each.billable, "free": each.free}
            for each in messages.charges
        ],
        "cost": report.cost
        and {
            "amounts": [{"currency": name, "amount": str(amount)} for name, amount in report.cost.amounts.items()],
            "withoutPrice": report.cost.without_price,
        },
    }


def reasons(report: Report, reader: Any) -> list[Reason]:
    return [reason_of(code, count, reader) for code, count in report.messages.failures]


def as_csv(body: dict[str, Any]) -> str:
    """The same as one table, for a spreadsheet: what a row is about stands in its first column."""
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows({column: _cell(value) for column, value in row.items()} for row in _rows(body))
    return written.getvalue()


def _rows(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"table": "total", **_flat(body)}
    for table, key in (("perDay", "day"), *TABLES.values()):
        for row in body.get(table, ()):
            yield {"table": table, "key": row[key], "name": row.get("name"), **_flat(row)}
    for row in body["failures"]:
        yield {"table": "failures", "key": row["code"], "name": row["reason"], "messages.total": row["messages"]}
    for table in ("timeToDelivered", "timeToRead"):
        yield {"table": table, **body[table]}
    for row in body["billable"]:
        yield {"table": "billable", "key": row["category"], "name": row["country"], "billable": row["billable"],
               "free": row["free"]}  # fmt: skip
    for row in (body["cost"] or {}).get("amounts", ()):
        yield {"table": "cost", "key": row["currency"], "amount": row["amount"]}


def _counts(invitations: InvitationCounts, messages: MessageCounts) -> dict[str, dict[str, int]]:
    return {
        "invitations": {name: getattr(invitations, name) for name in INVITATIONS},
        "messages": {name: getattr(messages, name) for name in MESSAGES},
    }


def _line(dimension: str, line: Line) -> dict[str, Any]:
    """An inviter is known by the username, which also filters; what has none is null."""
    if dimension == "sender":
        return {"inviter": line.name or None, **_counts(line.invitations, line.messages)}
    names = {} if dimension == "template" else {"name": line.name or None}
    return {TABLES[dimension][1]: line.key or None, **names, **_counts(line.invitations, line.messages)}


def _delay(delay: Delay) -> dict[str, float | None]:
    return {
        name: None if seconds is None else round(seconds, 1)
        for name, seconds in (("p50Seconds", delay.p50), ("p90Seconds", delay.p90))
    }


def _flat(row: dict[str, Any]) -> dict[str, int]:
    return {f"{unit}.{name}": count for unit in ("invitations", "messages") for name, count in row[unit].items()}


def _cell(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else value
