"""`GET /api/analytics/`: the numbers of the page, for programs and spreadsheets."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from communications.api.base import API
from communications.api.scopes import Scope
from invitations.analytics import report
from invitations.analytics_form import AnalyticsForm
from invitations.analytics_tables import as_csv, as_json


class CSVRenderer(BaseRenderer):
    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> str | bytes:
        """An error stays JSON: no spreadsheet reads it."""
        response = (renderer_context or {})["response"]
        if response.status_code == 200:
            response["Content-Disposition"] = f'attachment; filename="analytics-{data["from"]}-{data["to"]}.csv"'
            return as_csv(data)
        response["Content-Type"] = JSONRenderer.media_type
        written: bytes = JSONRenderer().render(data)
        return written


class AnalyticsView(API):
    """One's own numbers; staff get everybody's, or those of `?inviter=`. JSON, or CSV with `?format=csv`."""

    name = "Analytics"
    required_scope = Scope.ANALYTICS
    renderer_classes: Any = (JSONRenderer, CSVRenderer)

    def get(self, request: Request) -> Response:
        form = AnalyticsForm(request.user, request.query_params)
        if not form.is_valid():
            raise ValidationError({form.add_prefix(name): list(map(str, told)) for name, told in form.errors.items()})
        filters: dict[str, Any] = dict.fromkeys(form.FILTERS) | form.chosen()
        return Response(as_json(report(form.question()), filters, request.user))
