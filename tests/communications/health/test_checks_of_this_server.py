"""Each check of settings, rows and services, in a good and in every broken state."""

import json
import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from communications import channel, operations
from communications.health import checklist, findings
from communications.health.checklist import Check
from communications.health.findings import Light, good
from communications.models import (
    Campaign,
    Contact,
    IdentityConflict,
    Message,
    MessageStatus,
    Status,
    WebhookEvent,
    earliest_id_at,
    time_ordered_uuid,
)

pytestmark = pytest.mark.django_db

GREEN, AMBER, RED = Light.GREEN, Light.AMBER, Light.RED
LONG_AGO = timedelta(hours=2)


@pytest.fixture(autouse=True)
def _good_settings(settings):
    settings.WHATSAPP_APP_SECRET = "s"
    settings.WHATSAPP_WEBHOOK_VERIFY_TOKEN = "v"
    settings.PUBLIC_BASE_URL = "https://dott.example"


@pytest.fixture
def found(finding):
    return lambda name: finding(name, offline=True)


@pytest.fixture
def message(sent_message):
    """Write a message of a while ago."""

    def write(ago=timedelta(), **fields):
        at = timezone.now() - ago
        key = earliest_id_at(at).int | (time_ordered_uuid().int & (1 << 62) - 1)
        row = sent_message(id=key, **fields)
        Message.objects.filter(pk=row.pk).update(created_at=at)
        row.refresh_from_db()
        return row

    return write


@pytest.fixture
def webhook():
    """Store a webhook of a while ago."""

    def store(ago=timedelta(), **fields):
        event = WebhookEvent.objects.create(body=b"{}", **fields)
        WebhookEvent.objects.filter(pk=event.pk).update(received_at=timezone.now() - ago)
        return event

    return store


def test_offline_asks_meta_nothing_and_checks_the_rest(settings):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"

    report = checklist.run(offline=True)

    names = [each.name for each in report.findings]
    assert {"configured", "app_secret", "arriving", "queue", "database", "redis"} <= set(names)
    assert not {"quality", "token", "subscribed", "template_invoice_notification"} & set(names)
    assert report.asked_at is None


# Settings


@pytest.mark.parametrize(
    ("name", "changes", "light", "words"),
    [
        ("app_secret", {"WHATSAPP_APP_SECRET": ""}, RED, "every webhook is refused"),
        ("app_secret", {"WHATSAPP_APP_SECRET": "x"}, GREEN, "is set"),
        ("verify_token", {"WHATSAPP_WEBHOOK_VERIFY_TOKEN": ""}, AMBER, "cannot register"),
        ("verify_token", {}, GREEN, "is set"),
        ("public_address", {}, GREEN, "https://dott.example"),
        ("public_address", {"PUBLIC_BASE_URL": "", "DEBUG": True}, AMBER, "is empty"),
        ("public_address", {"PUBLIC_BASE_URL": "", "DEBUG": False}, RED, "is empty"),
        ("public_address", {"PUBLIC_BASE_URL": "http://a.example", "DEBUG": True}, AMBER, "not https"),
        ("public_address", {"PUBLIC_BASE_URL": "http://a.example", "DEBUG": False}, RED, "not https"),
        ("configured", {"WHATSAPP_ACCESS_TOKEN": "t"}, GREEN, "are set"),
        ("configured", {"WHATSAPP_PHONE_NUMBER_ID": ""}, RED, "nothing can be sent"),
        ("invitation_template", {"WHATSAPP_INVITATION_TEMPLATE": ""}, AMBER, "wrote in the last 24 hours"),
        ("invitation_template", {"WHATSAPP_INVITATION_TEMPLATE": "business_invitation"}, GREEN, "business_invitation"),
        ("error_logging", {"SENTRY_DSN": "https://key@sentry.example/1"}, GREEN, "Sentry"),
    ],
)
def test_setting_is_told(found, settings, name, changes, light, words):
    for setting, value in changes.items():
        setattr(settings, setting, value)

    verdict = found(name).verdict

    assert (verdict.light, words in verdict.sentence) == (light, True), verdict.sentence


def test_errors_that_reach_a_handler_are_green(found):
    assert found("error_logging").verdict.sentence.startswith("Errors go to the log (")


@pytest.mark.parametrize("how", ["level", "handlers", "handler's level"])
def test_errors_that_reach_nobody_are_red(found, monkeypatch, how):
    logger = logging.getLogger("communications")
    handler = logging.StreamHandler(StringIO())
    handler.setLevel(logging.CRITICAL)
    monkeypatch.setattr(logger, "propagate", False)
    monkeypatch.setattr(logger, "handlers", [handler] if how == "handler's level" else [logging.NullHandler()])
    if how == "level":
        monkeypatch.setattr(logger, "level", logging.CRITICAL)
        logger.manager._clear_cache()

    light = found("error_logging").light

    logger.manager._clear_cache()
    assert light is RED


# The number


def test_open_number_is_green(found):
    assert found("channel").verdict.sentence == "The number is open."


def test_number_that_meta_refused_is_red_with_the_codes_meaning(found, settings):
    channel.pause(settings.WHATSAPP_PHONE_NUMBER_ID, "t", meta_code=131042)

    verdict = found("channel").verdict

    assert (verdict.light, "Meta cannot charge" in verdict.sentence) == (RED, True)
    assert verdict.command == "python manage.py resume_channel"


def test_number_that_an_event_paused_names_it(found, settings):
    channel.pause_by_event(settings.WHATSAPP_PHONE_NUMBER_ID, "DISABLED_UPDATE")

    assert "DISABLED_UPDATE" in found("channel").verdict.sentence


def test_number_that_a_person_paused_names_them(found, admin_user):
    operations.pause(by=admin_user)

    assert found("channel").verdict.sentence == "admin paused the number just now: nothing is sent."


# Webhooks


def test_nothing_sent_and_nothing_heard_is_for_somebody_to_try(found):
    assert found("arriving").light is AMBER


def test_messages_and_not_one_webhook_ever_is_red(found, message):
    message(LONG_AGO, wamid="wamid.1", status=Status.ACCEPTED)

    verdict = found("arriving").verdict

    assert (verdict.light, "no webhook ever came" in verdict.sentence) == (RED, True)


def test_message_that_nothing_was_heard_of_since_is_amber(found, message, webhook):
    webhook(2 * LONG_AGO)
    message(LONG_AGO, wamid="wamid.1", status=Status.ACCEPTED)

    verdict = found("arriving").verdict

    assert verdict.light is AMBER
    assert verdict.sentence == "The last webhook came 4 hours ago, and none since the message of 2 hours ago."


def test_webhook_after_the_last_message_is_green(found, message, webhook):
    message(LONG_AGO, wamid="wamid.1", status=Status.ACCEPTED)
    webhook()

    assert found("arriving").verdict.sentence == "The last webhook came just now."


def test_message_of_this_minute_is_given_time(found, message, webhook):
    webhook(LONG_AGO)
    message(timedelta(minutes=1), wamid="wamid.1", status=Status.ACCEPTED)
    message(LONG_AGO / 2, status=Status.FAILED)

    assert found("arriving").light is GREEN


@pytest.mark.parametrize(("minutes", "light"), [(0, GREEN), (3, AMBER), (30, RED)])
def test_webhooks_that_wait_are_told_by_the_age_of_the_oldest(found, webhook, minutes, light):
    webhook(timedelta(minutes=minutes))

    assert found("understood").light is light


def test_last_processed_webhook_is_dated(found, webhook):
    webhook(LONG_AGO, processed_at=timezone.now() - LONG_AGO)

    assert found("understood").verdict.sentence == "The last one was processed 2 hours ago."


def test_failed_webhooks_are_counted_apart(found, webhook):
    webhook(LONG_AGO, attempts=3, error="Traceback", next_attempt_at=timezone.now())

    verdict = found("failed_webhooks").verdict

    assert (verdict.light, verdict.sentence[:18]) == (AMBER, "1 webhooks failed ")
    assert verdict.link == "/admin/communications/webhookevent/?state=failed"
    assert found("understood").light is GREEN


# Messages


def test_queue_that_is_short_and_young_is_green(found, message):
    message(status=Status.QUEUED)

    assert found("queue").light is GREEN


def test_queue_that_stands_still_is_red(found, message):
    message(LONG_AGO, status=Status.QUEUED)

    verdict = found("queue").verdict

    assert (verdict.light, verdict.sentence) == (RED, "1 messages wait to be sent, the oldest since 2 hours ago.")


def test_long_queue_that_moves_is_amber(found, message):
    message(LONG_AGO, status=Status.QUEUED)
    MessageStatus.objects.create(message=message(status=Status.ACCEPTED), status="accepted", at=timezone.now())

    assert found("queue").light is AMBER


def test_what_is_to_wait_is_not_late(found, message):
    campaign = Campaign.objects.create(state=Campaign.State.PAUSED)
    message(LONG_AGO, status=Status.QUEUED, campaign=campaign)
    message(LONG_AGO, status=Status.QUEUED, due_at=timezone.now() + LONG_AGO)

    assert found("queue").verdict.sentence == "No message waits."


def test_age_counts_from_when_a_message_was_due(found, message):
    message(LONG_AGO, status=Status.QUEUED, due_at=timezone.now())

    assert found("queue").light is GREEN


def test_unconfirmed_messages_are_counted(found, message):
    assert found("unconfirmed").light is GREEN
    message(status=Status.UNCONFIRMED)

    assert found("unconfirmed").verdict.sentence == "Of 1 messages nobody knows whether they left."


@pytest.mark.parametrize(("failed", "sent", "light"), [(0, 0, GREEN), (3, 27, GREEN), (4, 26, AMBER), (5, 5, GREEN)])
def test_share_of_failures_is_told_once_there_are_enough(found, message, failed, sent, light):
    for status, count in ((Status.FAILED, failed), (Status.SENT, sent)):
        for _ in range(count):
            message(status=status)
    message(timedelta(days=2), status=Status.FAILED)

    assert found("failures").light is light


def test_many_rows_are_not_counted_to_the_end(found, message, monkeypatch):
    monkeypatch.setattr("communications.health.reading.COUNTED", 2)
    for _ in range(4):
        message(status=Status.UNCONFIRMED)

    assert "more than 2 messages" in found("unconfirmed").verdict.sentence


def test_people_named_alike_are_for_somebody_to_look_at(found):
    assert found("conflicts").light is GREEN
    one, other = Contact.objects.create(), Contact.objects.create()
    IdentityConflict.objects.create(contact=one, holder=other, kind="phone", value="+1", evidence="status")

    assert found("conflicts").light is AMBER


# Database, migrations, Redis


@pytest.mark.parametrize("debug", [True, False])
def test_database_of_development_is_red_in_production(found, settings, debug):
    settings.DEBUG = debug

    light = found("database").light

    assert light is (GREEN if connection.vendor == "postgresql" else AMBER if debug else RED)


def test_applied_migrations_are_green_and_a_missing_one_is_named(found):
    assert found("migrations").light is GREEN
    MigrationRecorder.Migration.objects.filter(app="communications").order_by("-pk")[0].delete()

    verdict = found("migrations").verdict

    assert (verdict.light, "communications.0" in verdict.sentence) == (RED, True)
    assert verdict.command == "python manage.py migrate"


@pytest.mark.parametrize(("debug", "light"), [(True, GREEN), (False, AMBER)])
def test_absent_redis_is_amber_in_production(found, settings, debug, light):
    settings.DEBUG = debug

    assert found("redis").light is light


def redis_at(url):
    return {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}}


def test_redis_that_is_away_is_red(found, settings):
    settings.CACHES = redis_at("redis://127.0.0.1:9/0")

    verdict = found("redis").verdict

    assert (verdict.light, "(ConnectionError)" in verdict.sentence) == (RED, True)


@pytest.mark.redis
def test_redis_that_answers_is_green(found, settings, redis_url):
    settings.CACHES = redis_at(redis_url)

    assert found("redis").verdict.sentence == "Redis answers."


# One check that breaks


def test_check_that_breaks_is_a_line_and_the_others_go_on(monkeypatch, caplog):
    def broken():
        raise DatabaseError("no such table: of 12025550100")

    checks = checklist.GROUPS[4].checks
    monkeypatch.setitem(vars(checklist.GROUPS[4]), "checks", [Check("broken", "Broken", broken), *checks])

    *_, section = checklist.run(offline=True).sections

    assert section.findings[0].verdict.sentence == "This could not be checked (DatabaseError)."
    assert section.findings[0].light is AMBER
    assert len(section.findings) == len(checks) + 1
    assert "A check of the checklist broke" in caplog.text


@pytest.mark.postgres
def test_check_that_takes_the_database_too_long_is_one_of_them(monkeypatch):
    def slow():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")

    monkeypatch.setattr("communications.backlog.MOST_MILLISECONDS", 200)
    monkeypatch.setitem(vars(checklist.GROUPS[4]), "checks", [Check("slow", "Slow", slow)])

    *_, section = checklist.run(offline=True).sections

    assert section.findings[0].verdict.sentence == "This could not be checked (OperationalError)."


def test_other_apps_may_add_checks(monkeypatch):
    group = checklist.GROUPS[2]
    monkeypatch.setitem(vars(group), "checks", [*group.checks])

    checklist.add("templates", Check("ours", "Ours", lambda: good("Here.")))

    assert "ours" in [finding.name for finding in checklist.run(offline=True).findings]


# The command


def doctor(**options):
    told = StringIO()
    status = 0
    try:
        call_command("whatsapp_doctor", stdout=told, no_color=True, **options)
    except SystemExit as end:
        status = end.code
    return status, told.getvalue()


@pytest.fixture
def only(monkeypatch):
    """Let the checklist be one check with this light."""

    def choose(light):
        verdict = findings.Verdict(light, "It is so.", "Do this.", "python manage.py that", "https://meta.example/")
        group = checklist.Group("one", "One", [Check("it", "It", lambda: verdict)])
        monkeypatch.setattr(checklist, "GROUPS", (group,))

    return choose


@pytest.mark.parametrize(
    ("light", "strict", "status"),
    [(GREEN, False, 0), (GREEN, True, 0), (AMBER, False, 0), (AMBER, True, 1), (RED, False, 2), (RED, True, 2)],
)
def test_exit_status_tells_scripts_the_worst_light(only, light, strict, status):
    only(light)

    assert doctor(offline=True, strict=strict)[0] == status


def test_table_says_word_sentence_and_what_to_do(only):
    only(RED)

    _status, told = doctor(offline=True)

    assert told.splitlines() == [
        "One",
        "  It                         Broken It is so.",
        " " * 36 + "→ Do this.",
        " " * 36 + "→ python manage.py that",
        " " * 36 + "→ https://meta.example/",
        "",
        "1 broken, 0 to look at, 0 good.",
    ]


def test_json_is_one_object_with_every_check(healthy):
    status, told = doctor(json=True)

    report = json.loads(told)
    assert status == (0 if report["counts"]["red"] == 0 else 2)
    assert sum(report["counts"].values()) == len(report["checks"]) == 36
    assert report["askedMetaAt"]
    assert len(report["templates"]) == 16
    assert set(report["checks"][0]) == {"group", "name", "title", "light", "sentence", "todo", "command", "link"}


def test_json_of_an_offline_check_says_that_meta_was_not_asked(healthy):
    _status, told = doctor(json=True, offline=True)

    assert json.loads(told)["askedMetaAt"] is None
