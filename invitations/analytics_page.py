"""`/dashboard/analytics/`: from sent to joined, in charts with their tables beside them."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from invitations import charts
from invitations.analytics import LONGEST_TABLE, Day, InvitationCounts, Line, Report, names_of, report
from invitations.analytics_form import NONE, AnalyticsForm
from invitations.analytics_tables import TABLES, reasons
from invitations.charts import Series

_SHORTCUTS = (7, 30, 90)
# What changed within it is being counted just now, and nothing to tell.
_A_WHILE = timedelta(minutes=2)
_CHARTED_LINES = 8
# Columns get too narrow beyond that: weeks are shown instead.
_MOST_COLUMNS = 62
# How a dimension is called: the heading, one of it, and none.
_WORDS = {
    "template": (_("By template"), _("Template"), _("No template")),
    "country": (_("By country"), _("Country"), _("Unknown country")),
    "campaign": (_("By campaign"), _("Campaign"), _("No campaign")),
    "sender": (_("By inviter"), _("Inviter"), _("Nobody")),
}
_DIMENSIONS = {parameter: dimension for dimension, (_table, parameter) in TABLES.items()}


@dataclass(frozen=True)
class Stage:
    """A step from invited to joined, beside all who were invited and the step before."""

    name: str
    count: int
    invited: int
    before: int | None = None


@dataclass(frozen=True)
class Row:
    """One line of a table; `address` shows it alone."""

    name: str
    address: str
    line: Line


@dataclass(frozen=True)
class Breakdown:
    heading: str
    one: str
    rows: list[Row]
    chart: SafeString


@login_required
@require_safe
def analytics(request: HttpRequest) -> HttpResponse:
    form = AnalyticsForm(request.user, request.GET)
    if not form.is_valid():
        return render(request, "invitations/analytics.html", {"form": form} | _span(form), status=400)
    found = report(form.question())
    context = {
        "form": form,
        "report": found,
        "is_behind": found.waiting_since and found.waiting_since < timezone.now() - _A_WHILE,
        "shortcuts": _shortcuts(form),
        "filters": _filters(form, found),
        **_span(form),
    }
    if not found.is_empty:
        context |= _drawn(form, found) | {"reasons": reasons(found, request.user)}
    return render(request, "invitations/analytics.html", context)


def _span(form: AnalyticsForm) -> dict[str, Any]:
    """The days as they stand in the form; one that could not be read is asked for again."""
    first, last = (form.cleaned_data.get(name) for name in ("first", "last"))
    return {
        "first": first.isoformat() if first else "",
        "last": last.isoformat() if last else "",
        "is_default_span": not form.data.get("from") and not form.data.get("to"),
    }


def _drawn(form: AnalyticsForm, found: Report) -> dict[str, Any]:
    stages, columns = _stages(found.total), _columns(found.days)
    return {
        "stages": stages,
        "funnel": charts.bars(
            [stage.name for stage in stages],
            [Series(gettext("Invitations"), "delivered", [stage.count for stage in stages])],
        ),
        "columns": columns,
        "by_week": len(columns) < len(found.days),
        "day_word": gettext("Week from") if len(columns) < len(found.days) else gettext("Day"),
        "zone": timezone.get_default_timezone_name(),
        "longest_table": LONGEST_TABLE,
        "columns_chart": charts.columns(
            [date_format(each.day, "j M") for each in columns], _message_series([each.messages for each in columns])
        ),
        "breakdowns": [_breakdown(form, dimension, lines) for dimension, lines in found.tables.items() if lines],
    }


def _shortcuts(form: AnalyticsForm) -> list[dict[str, Any]]:
    """The last days up to today, with the filters kept."""
    shown = (form.cleaned_data["first"], form.cleaned_data["last"])
    spans = {days: (form.today - timedelta(days=days - 1), form.today) for days in _SHORTCUTS}
    return [
        {"days": days, "address": form.address(**{"from": str(span[0]), "to": str(span[1])}), "is_shown": span == shown}
        for days, span in spans.items()
    ]


def _filters(form: AnalyticsForm, found: Report) -> list[dict[str, Any]]:
    """What is filtered by, in words, with the address of the page without it."""
    told = []
    for parameter, value in form.chosen().items():
        dimension = _DIMENSIONS[parameter]
        _heading, one, none = _WORDS[dimension]
        # An inviter is asked for by name.
        key = found.question.filters[dimension]
        name = value if dimension == "sender" else names_of(dimension, [key]).get(key, value)
        without = form.address(**{parameter: None})
        told.append({"one": one, "name": none if value == NONE else name, "without": without})
    return told


def _stages(total: InvitationCounts) -> list[Stage]:
    steps = [
        (gettext("Invited"), total.total),
        (gettext("Sent"), total.sent),
        (gettext("Delivered"), total.delivered),
        (gettext("Read"), total.read),
        (gettext("Opened"), total.opened),
        (gettext("Joined"), total.joined),
    ]
    first = Stage(*steps[0], invited=total.total)
    return [first, *(Stage(*step, invited=total.total, before=before) for (_n, before), step in pairwise(steps))]


def _columns(days: list[Day]) -> list[Day]:
    """The days as they are drawn, or the weeks, each under its Monday or the first day that is asked for."""
    if len(days) <= _MOST_COLUMNS:
        return days
    weeks = [list(week) for _week, week in groupby(days, key=lambda each: each.day.isocalendar()[:2])]
    return [_sum(week) for week in weeks]


def _sum(days: list[Day]) -> Day:
    total = days[0]
    for each in days[1:]:
        total = Day(total.day, total.messages + each.messages, total.invitations + each.invitations)
    return total


def _breakdown(form: AnalyticsForm, dimension: str, lines: list[Line]) -> Breakdown:
    heading, one, none = _WORDS[dimension]
    _table, parameter = TABLES[dimension]
    rows = [
        Row(line.name or str(none), form.address(**{parameter: _filter_value(dimension, line)}), line) for line in lines
    ]
    charted = rows[:_CHARTED_LINES]
    chart = charts.bars([row.name for row in charted], _message_series([row.line.messages for row in charted]))
    return Breakdown(str(heading), str(one), rows, chart)


def _filter_value(dimension: str, line: Line) -> str:
    """An inviter is asked for by username."""
    return (line.name if dimension == "sender" else line.key) or NONE


def _message_series(counted: list[Any]) -> list[Series]:
    """Each is a part of the one before, and drawn over it."""
    return [
        Series(gettext("Sent"), "sent", [each.sent for each in counted]),
        Series(gettext("Delivered"), "delivered", [each.delivered for each in counted]),
        Series(gettext("Read"), "read", [each.read for each in counted]),
    ]
