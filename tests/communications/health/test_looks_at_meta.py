"""How Meta is asked: everything at once, within seconds, and not more often than its limits bear."""

import time

import pytest
from django.core.cache import cache

from communications.health import checklist, meta
from tests.local_server import LocalServer, answered
from tests.wire import answer, never

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("healthy")]


def lights(report):
    return {finding.name: finding.light.value for finding in report.findings}


def test_answers_are_kept_for_some_minutes(healthy):
    first = meta.look()
    healthy.set_account(quality_rating="RED")

    assert meta.look() == first
    assert lights(checklist.run())["quality"] == "green"


def test_asking_again_at_once_asks_meta_once(healthy):
    first = meta.look(fresh=True)

    assert meta.look(fresh=True).asked_at == first.asked_at


def test_asking_again_after_a_while_asks_anew(healthy, monkeypatch):
    meta.look()
    healthy.set_account(quality_rating="RED")
    monkeypatch.setattr(meta, "AT_LEAST_SECONDS", 0)

    assert lights(checklist.run(fresh=True))["quality"] == "red"


def test_another_token_is_another_look(healthy, settings):
    meta.look()
    settings.WHATSAPP_ACCESS_TOKEN = "another"

    assert "code 190" in meta.look().number.problem


def test_what_was_changed_at_meta_is_asked_anew(healthy):
    meta.look()
    healthy.set_account(quality_rating="RED")

    meta.forget()

    assert meta.look().number.facts["quality_rating"] == "RED"


def test_what_an_older_version_kept_is_not_believed(healthy):
    cache.set(meta._cache_key(), {"asked_at": "2026-11-22T12:00:00+00:00", "told": {"number": {"colour": "red"}}})

    assert meta.look().number.facts["verified_name"] == "Dott"


def test_cache_that_is_away_costs_nothing_but_the_asking(healthy, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }

    assert meta.look().number.facts["verified_name"] == "Dott"
    meta.forget()


def test_meta_that_never_answers_holds_a_page_up_for_seconds_only(settings, monkeypatch):
    monkeypatch.setattr(meta, "_ALTOGETHER_SECONDS", 0.3)
    with LocalServer(never) as server:
        settings.WHATSAPP_GRAPH_API_URL = server.url
        began = time.monotonic()

        report = checklist.run()

    assert time.monotonic() - began < 3
    assert {finding.verdict.sentence for finding in report.findings if finding.name == "quality"} == {
        "Not known: Meta did not answer in time."
    }


@pytest.mark.parametrize(
    "body",
    [
        b"<html>", b"[]", b"{}", b'{"data": null}', b'{"data": [1, null, "x"]}',
        b'{"health_status": [], "throughput": 7}',
        b'{"data": {"is_valid": true, "scopes": "all", "expires_at": "soon"}}',
        b'{"health_status": {"entities": [null, {"errors": [1, {"error_code": "x"}]}]}}',
        b'{"error": {"code": "no number", "message": ["x"]}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 400, 500])
def test_answers_of_any_shape_break_no_check(settings, caplog, status, body):
    with LocalServer(answer(status, body)) as server:
        settings.WHATSAPP_GRAPH_API_URL = server.url

        report = checklist.run()

    assert len(report.findings) == 36
    assert "This could not be checked" not in str([finding.verdict.sentence for finding in report.findings])
    assert "broke" not in caplog.text


def test_date_that_is_none_leaves_the_clock_unknown(settings):
    with LocalServer(lambda connection, request: answered(b"{}", headers=("Date: yesterday",))) as server:
        settings.WHATSAPP_GRAPH_API_URL = server.url

        report = checklist.run()

    assert lights(report)["clock"] == "amber"


def test_one_question_of_each_kind_is_asked(settings):
    with LocalServer(answer(200, b"{}")) as server:
        settings.WHATSAPP_GRAPH_API_URL = server.url
        meta.look()

    asked = [request.target.split("?")[0].rsplit("/", 1)[-1] for request in server.requests]
    assert sorted(asked) == [
        "1513500473389693", "676188225586230", "debug_token", "message_templates", "subscribed_apps", "subscriptions",
    ]  # fmt: skip
