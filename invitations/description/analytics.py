"""What is said of the API for analytics: its tables and columns are those of `analytics_tables.py`."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import ValidationError

from communications.api.description.failures import JSON, NOT_FOUND
from communications.api.description.operations import answer, describe, operation
from communications.api.description.schemas import (
    Schema,
    count,
    list_of,
    moment,
    number,
    or_null,
    record,
    ref,
    text,
)
from communications.api.exception_handler import handle
from invitations.analytics_api import AnalyticsView
from invitations.analytics_form import DEFAULT_DAYS, MOST_DAYS, NONE, AnalyticsForm
from invitations.analytics_tables import COLUMNS, INVITATIONS, MESSAGES, TABLES

_COUNTS: dict[str, Schema] = {"invitations": ref("InvitationCounts"), "messages": ref("MessageCounts")}
_DAY = text(format="date")
_DELAY = record({"p50Seconds": or_null(number(minimum=0)), "p90Seconds": or_null(number(minimum=0))})
_NAMED = {"country", "campaign"}

SCHEMAS: dict[str, Schema] = {
    "InvitationCounts": record(
        {name: count() for name in INVITATIONS}, description="Each number holds those that came further."
    ),
    "MessageCounts": record(
        {name: count() for name in MESSAGES}, description="Each number holds those that came further."
    ),
    "Analytics": record(
        {
            "from": _DAY,
            "to": _DAY,
            "timeZone": text(),
            "filters": record({name: or_null(text()) for name in AnalyticsForm.FILTERS}),
            "countingSince": or_null(moment("Since when changes wait to be counted.")),
            **_COUNTS,
            "perDay": list_of(record({"day": _DAY, **_COUNTS})),
            **{
                table: list_of(
                    record({key: or_null(text()), **({"name": or_null(text())} if key in _NAMED else {}), **_COUNTS}),
                    "The 50 with the most messages.",
                )
                for table, key in TABLES.values()
            },
            "failures": list_of(
                record(
                    {
                        "code": {"type": ["integer", "string"], "description": "Meta's number, or a word of ours."},
                        "reason": text(),
                        "messages": count(),
                    }
                )
            ),
            "timeToDelivered": _DELAY,
            "timeToRead": _DELAY,
            "billable": list_of(record({"category": text(), "country": text(), "billable": count(), "free": count()})),
            "cost": or_null(
                record(
                    {
                        "amounts": list_of(record({"currency": text(), "amount": text("A decimal number.")})),
                        "withoutPrice": count(),
                    },
                    description="Where the operator supplies prices.",
                )
            ),
        },
        optional=[table for table, _key in TABLES.values()],
    ),
}


_DAY_OR_NONE: Schema = {"anyOf": [_DAY, text(maxLength=0)]}


def _query(name: str, description: str, **schema: object) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", **schema}, OpenApiParameter.QUERY, description=description)


def _day(name: str, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, _DAY_OR_NONE, OpenApiParameter.QUERY, description=description)


_ZERO = {"invitations": dict.fromkeys(INVITATIONS, 0), "messages": dict.fromkeys(MESSAGES, 0)}
_SOME = {
    "invitations": dict(zip(INVITATIONS, (102, 92, 86, 62, 24, 9, 4, 6, 4), strict=True)),
    "messages": dict(zip(MESSAGES, (118, 103, 96, 70, 10, 0, 5), strict=True)),
}
_REPORT = {
    "from": "2026-10-24",
    "to": "2026-11-22",
    "timeZone": "UTC",
    "filters": {**dict.fromkeys(AnalyticsForm.FILTERS), "country": "MX"},
    "countingSince": None,
    **_SOME,
    "perDay": [{"day": "2026-10-24", **_ZERO}],
    "byTemplate": [{"template": "business_invitation", **_SOME}],
    "byCountry": [{"country": "MX", "name": "Mexico", **_SOME}],
    "byCampaign": [{"campaign": "01a203b0-5a1c-7b3e-8f00-3a5d2c9e4b11", "name": "Bakeries", **_SOME}],
    "byInviter": [{"inviter": "john", **_SOME}],
    "failures": [{"code": 131026, "reason": "This number cannot receive the message.", "messages": 8}],
    "timeToDelivered": {"p50Seconds": 4.4, "p90Seconds": 29.3},
    "timeToRead": {"p50Seconds": 329.4, "p90Seconds": 3726.7},
    "billable": [{"category": "marketing", "country": "MX", "billable": 70, "free": 0}],
    "cost": {"amounts": [{"currency": "USD", "amount": "2.1350"}], "withoutPrice": 0},
}

describe(
    AnalyticsView,
    get=operation(
        "readAnalytics",
        "How many messages and invitations came how far",
        "One's own; for staff everybody's, or those of one inviter. As JSON, or as one table of CSV.",
        tag="Analytics",
        handle=handle,
        parameters=[
            _day("from", f"The first day. The last {DEFAULT_DAYS} days by default."),
            _day("to", f"The last day; {MOST_DAYS} days at most."),
            _query("template", f"Only this template; `{NONE}` for those without.", maxLength=512),
            _query("country", f"Only this country, two letters; `{NONE}` for those without.", maxLength=2),
            _query("campaign", f"Only this campaign, by its ID; `{NONE}` for those without.", maxLength=36),
            _query("inviter", "For staff: only this username.", maxLength=150),
            _query("format", "`csv` for one table, as with `Accept: text/csv`.", enum=["json", "csv"]),
        ],
        responses={
            (200, JSON): answer("Analytics", "The report.", Report=_REPORT),
            (200, "text/csv"): OpenApiResponse(
                text(),
                description="The report.",
                examples=[OpenApiExample("The first line", ",".join(COLUMNS), media_type="text/csv")],
            ),
        },
        failures=[ValidationError({"from": ["Write the day as year, month and day: 2026-11-22."]}), *NOT_FOUND],
    ),
)
