"""A list as the API tells it."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from communications.models import Campaign
from invitations.batches import tallies
from invitations.batches.cautions import cautions_about
from invitations.batches.forecasts import Forecast, forecast
from invitations.batches.readings import Sample, first_messages
from invitations.links import base_url_of
from invitations.models import InvitationBatch
from invitations.preview_api import told_reading


def told(batch: InvitationBatch, request: HttpRequest) -> dict[str, Any]:
    """What every answer about a list says."""
    return {
        "batchId": str(batch.pk),
        "name": batch.name,
        "state": batch.state,
        "rows": batch.row_count,
        "judged": batch.judged_count,
        "people": batch.people,
        "verdicts": batch.verdicts,
        "createdAt": _moment(batch.created_at),
        "startedAt": _moment(batch.started_at),
        "finishedAt": _moment(batch.finished_at),
        "url": request.build_absolute_uri(reverse("invitation-batch-detail", args=[batch.pk])),
        "reportUrl": request.build_absolute_uri(reverse("invitation-batch-report", args=[batch.pk])),
        "pageUrl": request.build_absolute_uri(reverse("batch", args=[batch.pk])),
    }


def told_in_full(batch: InvitationBatch, request: HttpRequest) -> dict[str, Any]:
    """The same with how far it has come, what has to be known, and, before the start, what people will read."""
    tally = tallies.tally_of(batch)
    is_ready = batch.state == InvitationBatch.Stage.READY
    base_url = base_url_of(request)
    return {
        **told(batch, request),
        "statuses": tallies.statuses_of(batch, tally),
        "progress": _progress(batch, forecast(batch, tally)),
        "cautions": [
            {"code": each.code, "message": each.message, "blocking": each.is_blocking}
            for each in cautions_about(batch, request.user)
        ],
        "preview": [_sample(each) for each in first_messages(batch, base_url=base_url)] if is_ready else [],
    }


def _progress(batch: InvitationBatch, expected: Forecast) -> dict[str, Any]:
    people, limit = batch.people, expected.limit
    is_over = batch.finished_at is not None
    return {
        "done": people - expected.rest,
        "of": people,
        "percent": percent(people - expected.rest, people),
        "messagesPerSecond": round(expected.pace, 1),
        "isMeasured": expected.is_measured,
        "secondsLeft": None if is_over or expected.seconds is None else round(expected.seconds),
        "finishesAt": _moment(expected.ends_at) if batch.state == Campaign.State.RUNNING else None,
        "dailyLimit": limit and {"people": limit.a_day, "left": limit.left, "goesOnAt": _moment(limit.goes_on_at)},
    }


def percent(part: int, whole: int) -> float:
    """Never 100 before all of it is done."""
    if part >= whole:
        return 100.0
    return min(99.9, round(100 * part / whole, 1))


def _sample(sample: Sample) -> dict[str, Any]:
    row, draft = sample.row, sample.draft
    return {
        "row": row.number,
        "phoneNumber": row.phone_number,
        "recipientName": row.recipient_name,
        "type": "template" if draft.way.template else "text",
        "language": draft.way.language or None,
        "message": told_reading(draft.reading) if draft.reading else None,
        "problem": draft.refusal.detail if draft.refusal else None,
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
