"""What would endanger somebody stops the start, with one sentence that says what to do."""

import pytest
from django.core.checks import ERROR, run_checks

from pyfactor import checks

STRONG = "".join(map(chr, range(48, 112)))


@pytest.fixture
def production(settings):
    """Settings of production in which nothing is wrong."""
    settings.DEBUG = False
    settings.SECRET_KEY = STRONG
    settings.PUBLIC_BASE_URL = "https://app.example.com"
    settings.WHATSAPP_GRAPH_API_URL = "https://graph.facebook.com"
    return settings


def errors():
    return [message for message in run_checks() if message.id.startswith("pyfactor.E")]


def test_correct_production_has_no_errors(production):
    assert errors() == []


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("SECRET_KEY", "django-insecure-" + STRONG, "SECRET_KEY can be known or guessed"),
        ("SECRET_KEY", STRONG[:31], "SECRET_KEY can be known or guessed"),
        ("SECRET_KEY", "abcd" * 20, "SECRET_KEY can be known or guessed"),
        ("PUBLIC_BASE_URL", "http://app.example.com", "PUBLIC_BASE_URL begins with http://"),
        ("WHATSAPP_GRAPH_API_URL", "https://graph.example.com/x", "leads to https://graph.example.com,"),
        ("WHATSAPP_GRAPH_API_URL", "http://graph.facebook.com", "leads to http://graph.facebook.com,"),
        ("WHATSAPP_GRAPH_API_URL", "http://10.0.0.7:9000", "which would get the access token"),
        ("CELERY_BROKER_URL", "localhost:6379", "CELERY_BROKER_URL does not begin with"),
    ],
)
def test_dangerous_setting_is_an_error_that_names_it(production, setting, value, said):
    setattr(production, setting, value)

    [error] = errors()

    assert error.level == ERROR
    assert said in error.msg
    assert error.hint


def test_key_that_everybody_knows_is_refused(production):
    production.SECRET_KEY = production.KNOWN_SECRET_KEY

    assert [error.id for error in errors()] == ["pyfactor.E001"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PUBLIC_BASE_URL", "http://localhost:8000"),
        ("PUBLIC_BASE_URL", ""),
        ("WHATSAPP_GRAPH_API_URL", "http://127.0.0.1:9000"),
        ("WHATSAPP_GRAPH_API_URL", "http://[::1]:9000"),
        ("CELERY_BROKER_URL", "amqp://user:word@rabbit:5672/dott"),
        ("CELERY_BROKER_URL", "redis+socket:///run/redis.sock"),
        ("CELERY_BROKER_URL", "rediss://:word@host:6379/0"),
    ],
)
def test_what_stays_on_this_machine_or_is_safe_is_no_error(production, setting, value):
    setattr(production, setting, value)

    assert errors() == []


def test_another_graph_api_is_taken_when_it_is_meant(production):
    production.WHATSAPP_GRAPH_API_URL = "https://graph.example.com"
    production.WHATSAPP_ALLOW_OTHER_GRAPH_API = True

    assert errors() == []


def test_debug_on_render_is_refused(settings):
    settings.DEBUG = settings.ON_RENDER = True

    assert checks.check_debug()[0].msg.startswith("DEBUG=1 on Render would show settings and code")


def test_developers_may_do_all_of_it(settings):
    settings.DEBUG = True
    settings.SECRET_KEY = settings.KNOWN_SECRET_KEY
    settings.PUBLIC_BASE_URL = "http://app.example.com"
    settings.WHATSAPP_GRAPH_API_URL = "http://10.0.0.7:9000"

    assert errors() == []
