"""What a server says at start: errors stop it, warnings are logged. And what its pages say when nobody listened."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.db import OperationalError

from pyfactor import start

ROOT = Path(__file__).parent.parent


def started(module, **environment):
    """Import what granian serves, in a process of its own with exactly this environment."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import {module}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def production(settings, tmp_path):
    """Settings of production, and no static files collected yet."""
    settings.DEBUG = False
    settings.BEHIND_TLS_PROXY = True
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }


@pytest.mark.parametrize("module", ["pyfactor.wsgi", "pyfactor.ingest"])
def test_server_does_not_start_with_wrong_settings_and_each_has_its_line(module):
    result = started(
        module,
        REDIS_URL="localhost:6379",
        WHATSAPP_PHONE_NUMBER_ID="+15551905954",
        INVITATION_RATE="often",
        WHATSAPP_APP_SECRET=",",
    )

    assert result.returncode != 0
    for said in (
        "WHATSAPP_PHONE_NUMBER_ID is '+15551905954', which is no ID",
        "WHATSAPP_APP_SECRET holds commas and no secret",
        "REDIS_URL does not begin with redis://",
        "INVITATION_RATE is 'often', which is no rate. Write",
    ):
        assert said in result.stderr


@pytest.mark.parametrize("module", ["pyfactor.wsgi", "pyfactor.ingest"])
def test_server_starts_with_nothing_set_and_says_nothing(module):
    result = started(module)

    assert (result.returncode, result.stderr) == (0, "")


def test_warning_is_logged_and_the_server_starts():
    result = started("pyfactor.wsgi", WHATSAPP_API_VERSION="v18.0")

    assert result.returncode == 0
    assert "communications.W001: Graph API v18.0 can be used until 2026-01-26." in result.stderr


def test_missing_static_files_are_named_at_start(production, caplog):
    start.warn_of_pages_that_will_fail()

    [said] = caplog.records
    assert said.levelno == logging.WARNING
    assert "collectstatic" in said.getMessage()


def test_collected_static_files_are_nothing_to_talk_about(production, settings, caplog):
    # To compress them takes as long as a hundred tests.
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["css", "html", "js", "map", "svg", "txt"]
    call_command("collectstatic", interactive=False, verbosity=0)

    start.warn_of_pages_that_will_fail()

    assert caplog.records == []
    assert staticfiles_storage.url("invitations/dashboard.css").startswith("/static/invitations/dashboard.")


def test_redirect_to_https_without_a_known_proxy_is_named_at_start(settings, caplog):
    settings.SECURE_SSL_REDIRECT = True

    start.warn_of_pages_that_will_fail()

    assert "BEHIND_TLS_PROXY=1" in caplog.text


def test_server_without_a_host_name_says_that_it_answers_nobody(production, settings, caplog):
    settings.ALLOWED_HOSTS = []

    start.warn_of_pages_that_will_fail()

    assert "ALLOWED_HOSTS is empty: every request will be answered 400" in caplog.text


@pytest.mark.parametrize("module", ["pyfactor.wsgi", "pyfactor.ingest"])
def test_what_a_deployment_lacks_is_named_at_start(module):
    key = "".join(map(chr, range(48, 112)))

    result = started(
        module, DEBUG="0", SECRET_KEY=key, ALLOWED_HOSTS="dott.example", WHATSAPP_GRAPH_API_URL="http://127.0.0.1:9"
    )

    assert result.returncode == 0
    assert "The database is a SQLite file" in result.stderr
    assert "REDIS_URL is not set: each process counts" in result.stderr
    assert "WHATSAPP_GRAPH_API_URL does not lead to Meta" in result.stderr


@pytest.mark.django_db
def test_page_without_static_files_is_a_500_that_can_be_read(production, client):
    client.raise_request_exception = False

    answer = client.get("/accounts/login/")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()
    assert "/static/" not in answer.content.decode()


@pytest.mark.django_db
def test_page_without_database_and_static_files_is_a_503_that_can_be_read(production, client, monkeypatch):
    def locked(_request):
        raise OperationalError("database is locked")

    monkeypatch.setattr("django.contrib.auth.middleware.get_user", locked)

    answer = client.get("/dashboard/invite/")

    assert answer.status_code == 503
    assert "We are away for a moment" in answer.content.decode()
    assert "/static/" not in answer.content.decode()
