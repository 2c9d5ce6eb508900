"""The environment, and what a wrong one says at start."""

import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

ROOT = Path(__file__).parent.parent


def values(*names, **environment):
    """What the settings are with exactly this environment: read anew, and not those of this process."""
    with mock.patch.dict(os.environ, environment, clear=True):
        read = runpy.run_path(str(ROOT / "pyfactor" / "settings.py"))
    return {name: read[name] for name in names}


def run(code, **environment):
    """Run `code` with exactly this environment."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "pyfactor.settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_fresh_clone_runs_with_nothing_set():
    shown = values(
        "DEBUG", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_BUSINESS_ACCOUNT_ID", "WHATSAPP_APP_ID",
        "WHATSAPP_API_VERSION", "WHATSAPP_GRAPH_API_URL", "INVITATION_RATE", "INVITATION_DAILY_QUOTA",
        "INVITATION_COOLDOWN_HOURS",
    )  # fmt: skip

    assert shown == {
        "DEBUG": True,
        "WHATSAPP_ACCESS_TOKEN": "",
        "WHATSAPP_PHONE_NUMBER_ID": "676188225586230",
        "WHATSAPP_BUSINESS_ACCOUNT_ID": "1513500473389693",
        "WHATSAPP_APP_ID": "1068741974830721",
        "WHATSAPP_API_VERSION": "v25.0",
        "WHATSAPP_GRAPH_API_URL": "https://graph.facebook.com",
        "INVITATION_RATE": "20/min",
        "INVITATION_DAILY_QUOTA": 200,
        "INVITATION_COOLDOWN_HOURS": 24,
    }


def test_variable_that_is_empty_counts_as_not_set():
    shown = values(
        "WHATSAPP_PHONE_NUMBER_ID", "INVITATION_DAILY_QUOTA", WHATSAPP_PHONE_NUMBER_ID="", INVITATION_DAILY_QUOTA=" "
    )

    assert shown == {"WHATSAPP_PHONE_NUMBER_ID": "676188225586230", "INVITATION_DAILY_QUOTA": 200}


def test_token_pasted_with_a_newline_is_trimmed():
    assert values("WHATSAPP_ACCESS_TOKEN", WHATSAPP_ACCESS_TOKEN=" token\n") == {"WHATSAPP_ACCESS_TOKEN": "token"}


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"DEBUG": "0"}, "SECRET_KEY"),
        ({"RENDER": "true"}, "SECRET_KEY"),
        ({"RENDER": "true", "SECRET_KEY": "x" * 50}, "DATABASE_URL"),
        ({"INVITATION_DAILY_QUOTA": "many"}, "INVITATION_DAILY_QUOTA"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
    ],
)
def test_dangerous_or_wrong_environment_stops_the_start_and_names_the_variable(environment, named):
    with pytest.raises((ImproperlyConfigured, EnvError), match=named):
        values(**environment)


def test_process_ends_with_the_sentence():
    result = run("import django; django.setup()", DEBUG="0")

    assert result.returncode != 0
    assert result.stderr.splitlines()[-1].endswith(
        "SECRET_KEY is not set. Set it to a long random text, or set DEBUG=1 to develop."
    )


def test_render_is_production():
    shown = values(
        "DEBUG", "SESSION_COOKIE_SECURE", RENDER="true", SECRET_KEY="x" * 50, DATABASE_URL="postgres://u@h/d"
    )

    assert shown == {"DEBUG": False, "SESSION_COOKIE_SECURE": True}


@pytest.mark.parametrize(
    ("environment", "hosts"),
    [({}, ["dott.onrender.com"]), ({"ALLOWED_HOSTS": "api.dott.example"}, ["api.dott.example"])],
    ids=["by default", "as set"],
)
def test_render_names_the_host(environment, hosts):
    shown = values(
        "ALLOWED_HOSTS", RENDER="true", RENDER_EXTERNAL_HOSTNAME="dott.onrender.com", SECRET_KEY="x" * 50,
        DATABASE_URL="postgres://u@h/d", **environment,
    )  # fmt: skip

    assert shown == {"ALLOWED_HOSTS": hosts}


@pytest.mark.parametrize(
    ("environment", "broker"),
    [
        ({}, ""),
        ({"REDIS_URL": "rediss://:word@host:6379/0"}, "rediss://:word@host:6379/0"),
        ({"REDIS_URL": "unix:///run/redis.sock"}, "redis+socket:///run/redis.sock"),
        ({"REDIS_URL": "redis://host", "CELERY_BROKER_URL": "amqp://rabbit//"}, "amqp://rabbit//"),
    ],
    ids=["none", "Redis", "Redis on a socket", "RabbitMQ beside Redis"],
)
def test_broker_is_redis_unless_another_one_is_named(environment, broker):
    assert values("CELERY_BROKER_URL", **environment) == {"CELERY_BROKER_URL": broker}


@pytest.mark.parametrize(
    ("environment", "behind", "header", "proxies"),
    [
        ({}, False, None, 1),
        ({"BEHIND_TLS_PROXY": "1"}, True, ("HTTP_X_FORWARDED_PROTO", "https"), 1),
        ({"BEHIND_TLS_PROXY": "1", "PROXY_COUNT": "3"}, True, ("HTTP_X_FORWARDED_PROTO", "https"), 3),
        (
            {"RENDER": "true", "SECRET_KEY": "x" * 50, "DATABASE_URL": "postgres://u@h/d"},
            True,
            ("HTTP_X_FORWARDED_PROTO", "https"),
            2,
        ),
    ],
    ids=["without a proxy", "behind one", "behind three", "on Render"],
)
def test_proxy_is_believed_only_where_there_is_one(environment, behind, header, proxies):
    shown = values("BEHIND_TLS_PROXY", "SECURE_PROXY_SSL_HEADER", "PROXY_COUNT", **environment)

    assert shown == {"BEHIND_TLS_PROXY": behind, "SECURE_PROXY_SSL_HEADER": header, "PROXY_COUNT": proxies}


PRODUCTION = {"DEBUG": "0", "SECRET_KEY": "".join(map(chr, range(48, 112))), "ALLOWED_HOSTS": "dott.example"}


def manage(*arguments, **environment):
    """Run `manage.py` with exactly this environment."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_correct_deployment_has_nothing_to_hear_from_check_deploy():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert result.returncode == 0
    assert result.stderr == ""
    assert result.stdout.startswith("System check identified no issues")


@pytest.mark.parametrize(
    ("environment", "redirect", "seconds"),
    [
        ({}, False, 0),
        (PRODUCTION, True, 3600),
        ({**PRODUCTION, "SECURE_SSL_REDIRECT": "0", "SECURE_HSTS_SECONDS": "31536000"}, False, 31536000),
    ],
    ids=["while developing", "in production", "as set"],
)
def test_production_asks_for_https(environment, redirect, seconds):
    shown = values("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", **environment)

    assert shown == {"SECURE_SSL_REDIRECT": redirect, "SECURE_HSTS_SECONDS": seconds}


ASK_THE_CACHE = """
import time, django; django.setup()
from django.core.cache import cache
from redis.exceptions import TimeoutError
begin = time.monotonic()
try:
    cache.get("anything")
except TimeoutError:
    print(time.monotonic() - begin)
"""


def test_redis_that_accepts_and_never_answers_costs_half_a_second():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = run(ASK_THE_CACHE, REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

    assert 0.4 < float(result.stdout) < 2


@pytest.mark.parametrize(
    ("token", "answer"), [("", "False"), ("token", "True")], ids=["with nothing set", "with a token"]
)
def test_shell_says_whether_the_service_is_configured(token, answer):
    code = "from communications.whatsapp_service import whatsapp_service; print(whatsapp_service.is_configured())"
    result = manage("shell", "-v0", "-c", code, WHATSAPP_ACCESS_TOKEN=token)

    assert result.stdout.strip() == answer


def test_empty_directory_of_counters_leaves_no_files_where_the_process_starts(tmp_path):
    code = "import django; django.setup(); from communications import metrics; import os; print(os.listdir('.'))"

    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "pyfactor.settings",
            "PROMETHEUS_MULTIPROC_DIR": "",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (result.returncode, result.stdout) == (0, "[]\n"), result.stderr
