"""A report of an unforeseen error: where it broke, and nothing of anybody."""

import gzip
import json

import pytest
import sentry_sdk
from django.test import Client
from django.urls import path

from pyfactor import error_reports
from tests.local_server import LocalServer, answered

NUMBER, WORDS, TOKEN = "+13855007716", "Join me, canary", "t0kenOfTheInvitation1"


# The report shows the lines around the one that broke: nothing secret stands there.


def broken(request, token):
    spoken = WORDS
    raise RuntimeError(f"Nobody has {NUMBER}", len(spoken))


urlpatterns = [path("i/<str:token>/", broken)]


def stop_reporting():
    """Without a client, nothing is looked at any more; one without an address still would."""
    sentry_sdk.get_global_scope().set_client(None)
    sentry_sdk.get_isolation_scope().clear()


@pytest.fixture
def reports(monkeypatch):
    received = []
    # Sentry takes it where another package brought it along.
    monkeypatch.setattr("sentry_sdk.transport.brotli", None)

    def take(_connection, request):
        received.append(request)
        return answered(b"{}")

    with LocalServer(take) as server:
        error_reports.start(f"{server.url.replace('://', '://key@')}/1", environment="test")
        yield received
        stop_reporting()


def texts(reports):
    sentry_sdk.flush(timeout=5)
    bodies = [report.body for report in reports]
    return [gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for body in bodies]


@pytest.mark.urls("tests.test_error_reports")
def test_report_tells_where_it_broke_and_names_nobody(reports, settings):
    client = Client(raise_request_exception=False)

    client.post(
        f"/i/{TOKEN}/?phone=%2B13855007716", json.dumps({"message": WORDS}), content_type="application/json",
        headers={"Cookie": "sessionid=canary-session", "Authorization": "Bearer canary-token"},
    )  # fmt: skip

    report = b"".join(texts(reports))
    assert b"RuntimeError" in report
    assert b"in broken" in report or b'"broken"' in report
    for secret in (NUMBER, NUMBER[1:], WORDS, TOKEN, "canary"):
        assert secret.encode() not in report
