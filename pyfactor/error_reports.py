"""Reports of unforeseen errors to Sentry: where it broke, and nothing of anybody.

No user, no request body, no cookie, no local variable leaves; numbers and the tokens of invitations are masked.
"""

import re
from typing import Any

import sentry_sdk
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from pyfactor.logs import masked


def start(dsn: str, *, environment: str) -> None:
    """Report from now on; called once, when the settings are read."""
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        data_collection={
            "user_info": False,
            "cookies": {"mode": "off"},
            "http_headers": {"request": {"mode": "off"}},
            "http_bodies": [],
            "url_query_params": {"mode": "off"},
            "database_query_data": False,
            "queues": False,
            "stack_frame_variables": False,
        },
        # What was asked of Meta may hold a token in its query.
        before_breadcrumb=_without_query,
        before_send=_scrubbed,
    )


def _without_query(breadcrumb: Any, hint: Any) -> Any:
    data = breadcrumb.get("data") or {}
    return {**breadcrumb, "data": {name: value for name, value in data.items() if name != "http.query"}}


def _scrubbed(event: Any, hint: Any) -> Any:
    request = event.get("request") or {}
    event["request"] = {name: request[name] for name in ("method", "url") if name in request}
    return _scrub(event)


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _scrub(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(each) for each in value]
    return value


class NobodysReporterFilter(SafeExceptionReporterFilter):
    """Of the reports that Django itself can make: no setting that holds a password, and nobody's form or variable."""

    hidden_settings = re.compile(rf"{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|DSN", re.IGNORECASE)

    def get_post_parameters(self, request: Any) -> dict[str, Any]:
        return {} if self.is_active(request) else super().get_post_parameters(request)

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        return () if self.is_active(request) else super().get_traceback_frame_variables(request, tb_frame)


class MaskedExceptionReporter(ExceptionReporter):
    """What is left of such a report, as the log would say it."""

    def get_traceback_text(self) -> SafeString:
        return mark_safe(masked(super().get_traceback_text()))  # noqa: S308  (it was safe before)

    def get_traceback_html(self) -> SafeString:
        return mark_safe(masked(super().get_traceback_html()))  # noqa: S308
