"""`/healthz` and `/readyz`, as platforms ask: by an address of their own, over plain http, without signing in."""

import threading

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory

from communications import readiness
from communications.webhooks import ingest
from pyfactor.probes import ProbesMiddleware
from tests.communications.webhooks import doors
from tests.communications.webhooks.doors import ask, request


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch, settings):
    """A process that has just started, with a key of its own."""
    settings.SECRET_KEY = "cT5s-Nq8kVw2hJzR7xLb4mYp9GdF3eKa6uQo1iXc0tZs"
    monkeypatch.setattr(readiness, "readiness", readiness.Readiness())


@pytest.fixture
def production(settings):
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["app.example.com"]
    settings.SECURE_SSL_REDIRECT = True


@pytest.fixture
def database_away(monkeypatch):
    def refuse(*args):
        raise OperationalError("connection to 10.0.0.5 failed: password of dott")

    monkeypatch.setattr(connection, "cursor", refuse)


@pytest.mark.usefixtures("production")
def test_process_is_alive_whatever_the_host_and_without_a_database(client):
    answer = client.get("/healthz", headers={"Host": "10.1.2.3:8000"})

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
def test_server_with_all_it_needs_is_ready(client):
    answer = client.get("/readyz", headers={"Host": "10.1.2.3:8000"})

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert client.head("/readyz", headers={"Host": "x"}).content == b""


@pytest.mark.usefixtures("database_away")
def test_server_without_its_database_says_so_and_nothing_secret(client):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "missing": [{"what": "database", "detail": "it does not answer (OperationalError)"}],
    }


@pytest.mark.django_db
def test_server_before_its_migrations_is_not_ready_and_is_once_they_ran(client):
    missing = MigrationRecorder.Migration.objects.filter(app="communications").order_by("-pk")[0]
    missing.delete()

    before = client.get("/readyz")
    missing.save(force_insert=True)

    assert before.status_code == 503
    assert before.json()["missing"] == [{"what": "migrations", "detail": "1 are not applied: run manage.py migrate"}]
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_wrong_setting_is_named_by_its_check_and_without_its_value(client, settings):
    settings.WHATSAPP_ACCESS_TOKEN = "a token with spaces"

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["missing"] == [{"what": "settings", "detail": "communications.E003: run manage.py check"}]


@pytest.mark.django_db
def test_what_cannot_change_is_looked_at_once(client, django_assert_num_queries):
    client.get("/readyz")

    with django_assert_num_queries(1):
        client.get("/readyz")


@pytest.mark.parametrize("method", ["post", "delete"])
def test_other_methods_are_not_the_probes(client, method):
    assert getattr(client, method)("/healthz").status_code == 404


def test_probes_stand_before_all_that_could_refuse_or_redirect(settings):
    before = settings.MIDDLEWARE[: settings.MIDDLEWARE.index("pyfactor.probes.ProbesMiddleware")]
    assert before in ([], ["django_guid.middleware.guid_middleware"])
    passed_on = ProbesMiddleware(lambda request: request.path)
    assert passed_on(RequestFactory().get("/healthz/x")) == "/healthz/x"


@pytest.mark.django_db(transaction=True)
def test_ingest_door_answers_them_too():
    with doors.ingest() as url:
        answers = [ask(url, request("GET", path=path)) for path in ("/healthz", "/readyz")]

    assert [(answer.status, answer.body) for answer in answers] == [
        (200, b'{"status": "alive"}'),
        (200, b'{"status": "ready"}'),
    ]
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}


@pytest.mark.django_db(transaction=True)
def test_ingest_door_without_a_database_is_alive_and_not_ready(monkeypatch):
    def refuse(self):
        return [readiness.Missing("database", "it does not answer (OperationalError)")]

    monkeypatch.setattr(readiness.Readiness, "missing", refuse)
    with doors.ingest() as url:
        answers = [ask(url, request("GET", path=path)) for path in ("/healthz", "/readyz")]

    assert [answer.status for answer in answers] == [200, 503]
    assert b"does not answer" in answers[1].body


def test_database_that_stalls_is_not_ready_within_seconds(monkeypatch):
    stalled = threading.Event()
    monkeypatch.setattr(ingest, "PROBE_SECONDS", 0.1)
    monkeypatch.setattr(readiness, "ready_and_disconnected", lambda: stalled.wait(5) and (200, b""))
    with doors.ingest() as url:
        answer = ask(url, request("GET", path="/readyz"))
        stalled.set()

    assert answer.status == 503
    assert b"in time" in answer.body
