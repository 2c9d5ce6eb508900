"""Wrong settings are named at start, with what to do."""

from datetime import UTC, datetime

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from communications import checks

ENDS = {
    "v18.0": "2026-01-26", "v19.0": "2026-05-21", "v20.0": "2026-09-24", "v21.0": "2027-01-21", "v22.0": "2027-05-20",
    "v23.0": "2027-10-08", "v24.0": "2028-02-18", "v25.0": "2028-07-29",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _november_2026(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 22, 12, tzinfo=UTC))


def found():
    return [problem for problem in run_checks() if problem.id.startswith("communications.")]


def test_fresh_clone_has_nothing_to_say():
    assert found() == []


def test_table_of_versions_is_metas():
    assert {version: str(end) for version, end in checks.API_VERSION_ENDS.items()} == ENDS


@pytest.mark.parametrize("version", ["", "25", "25.0", "v25", "latest", "v25.0/", "v25.0\n", "v٢٥.0"])
def test_api_version_that_is_none_is_an_error(settings, version):
    settings.WHATSAPP_API_VERSION = version

    [problem] = found()

    assert problem.id == "communications.E001"
    assert "v25.0" in problem.hint


@pytest.mark.parametrize("version", ["v18.0", "v20.0", "v21.0", "v22.0"])
def test_version_that_ends_within_half_a_year_is_warned_about(settings, version):
    settings.WHATSAPP_API_VERSION = version

    [problem] = found()

    assert problem.id == "communications.W001"
    assert ENDS[version] in problem.msg


@pytest.mark.parametrize("version", ["v2.1", "v13.0", "v17.0"])
def test_version_that_expired_before_the_table_begins_is_warned_about(settings, version):
    settings.WHATSAPP_API_VERSION = version

    [problem] = found()

    assert problem.id == "communications.W001"
    assert version in problem.msg


@pytest.mark.parametrize("version", ["v23.0", "v24.0", "v25.0", "v26.0", "v27.0", "v100.0"])
def test_version_with_time_left_is_fine(settings, version):
    settings.WHATSAPP_API_VERSION = version

    assert found() == []


@pytest.mark.parametrize(
    "url", ["", "graph.facebook.com", "ftp://graph.facebook.com", "https://", "https:// x", "http:///v25"]
)
def test_address_that_is_none_is_an_error(settings, url):
    settings.WHATSAPP_GRAPH_API_URL = url

    [problem] = found()

    assert problem.id == "communications.E002"


@pytest.mark.parametrize("url", ["https://graph.facebook.com", "http://127.0.0.1:9000", "http://[::1]:9000/meta/"])
def test_address_is_fine(settings, url):
    settings.WHATSAPP_GRAPH_API_URL = url

    assert found() == []


@pytest.mark.parametrize("token", ["Bearer EAAG", "EAAG\n", "EA AG", "EAAGé", "\x00", "“EAAG”", '"EAAG"', "'EAAG'"])
def test_token_that_is_none_is_an_error_and_is_not_shown(settings, token):
    settings.WHATSAPP_ACCESS_TOKEN = token

    [problem] = found()

    assert problem.id == "communications.E003"
    assert "EAAG" not in problem.msg + problem.hint


@pytest.mark.parametrize("token", ["", "EAAGm0PX4ZCpsBA", "a|b-c_d.e"])
def test_token_is_fine(settings, token):
    settings.WHATSAPP_ACCESS_TOKEN = token

    assert found() == []


@pytest.mark.parametrize("phone_number_id", ["+15551905954", "1 555 190 5954", "676188225586230\n", "٦٧٦"])
def test_phone_number_in_place_of_its_id_is_an_error(settings, phone_number_id):
    settings.WHATSAPP_PHONE_NUMBER_ID = phone_number_id

    [problem] = found()

    assert problem.id == "communications.E004"


@pytest.mark.parametrize("app_secret", [",", " , ,", " "])
def test_app_secret_of_empty_parts_is_an_error(settings, app_secret):
    settings.WHATSAPP_APP_SECRET = app_secret

    [problem] = found()

    assert problem.id == "communications.E005"


@pytest.mark.parametrize("app_secret", ["", "one", "one,two", "one, "])
def test_one_secret_or_several_are_taken(settings, app_secret):
    settings.WHATSAPP_APP_SECRET = app_secret

    assert found() == []


@pytest.mark.parametrize("days", [0, -1])
def test_retention_of_less_than_a_day_is_an_error(settings, days):
    settings.WHATSAPP_WEBHOOK_RETENTION_DAYS = days

    [problem] = found()

    assert problem.id == "communications.E006"


@pytest.mark.parametrize(("days", "problems"), [(-1, 1), (0, 0), (1, 1), (30, 1), (31, 0)])
def test_words_are_kept_for_ever_or_until_nothing_is_on_its_way(settings, days, problems):
    settings.MESSAGE_TEXT_RETENTION_DAYS = days

    assert [problem.id for problem in found()] == ["communications.E009"] * problems


@pytest.mark.parametrize("rate", [0, -80])
def test_pace_at_which_nothing_would_be_sent_is_an_error(settings, rate):
    settings.WHATSAPP_MESSAGES_PER_SECOND = rate

    [problem] = found()

    assert problem.id == "communications.E008"


@pytest.mark.parametrize("url", ["", "https://app.example.com", "http://127.0.0.1:8000", "https://example.com/dott/"])
def test_public_address_is_accepted(settings, url):
    settings.PUBLIC_BASE_URL = url

    assert found() == []


@pytest.mark.parametrize("url", ["app.example.com", "https://", "ftp://example.com", "https://a.b/?x=", "https://a b"])
def test_public_address_that_is_none_is_an_error(settings, url):
    settings.PUBLIC_BASE_URL = url

    [problem] = found()

    assert problem.id == "communications.E007"
    assert "https://app.example.com" in problem.hint


@pytest.mark.parametrize(
    "url", ["localhost", "localhost:6379", "http://localhost:6379", "redis:/localhost", "redis://"]
)
def test_redis_url_of_another_kind_is_an_error(settings, url):
    settings.REDIS_URL = url

    [problem] = found()

    assert problem.id == "communications.E010"


@pytest.mark.parametrize("url", ["", "redis://host:6379/0", "rediss://:secret@host", "unix:///run/redis.sock"])
def test_redis_url_is_taken(settings, url):
    settings.REDIS_URL = url

    assert found() == []
