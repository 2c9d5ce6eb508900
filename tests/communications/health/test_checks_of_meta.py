"""Each check that asks Meta, in a good and in every broken state of the account."""

import re
import time
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from communications.health import checklist
from communications.health.findings import Light
from communications.health.template_checks import lines_of
from communications.models import Channel, Contact, Message, MessageTemplate, Status
from communications.whatsapp_service import whatsapp_service
from tests.wire import closed_port

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("healthy")]

GREEN, AMBER, RED = Light.GREEN, Light.AMBER, Light.RED
DAY = 24 * 3600
ASKING = [
    check.name
    for group in checklist.GROUPS
    for check in group.checks
    if check.run_with_meta and check.name != "app_secret"
]


@pytest.mark.parametrize("name", sorted({*ASKING, "app_secret"} - {"webhook_address"}))
def test_healthy_account_is_green(finding, name):
    found = finding(name)

    assert (found.light, found.verdict.todo) == (GREEN, "")


@pytest.mark.parametrize(
    ("name", "state", "light", "words"),
    [
        ("payment", {"can_send_message": "BLOCKED"}, RED, "Meta cannot charge for messages (141006)"),
        ("payment", {"can_send_message": "LIMITED", "health_error": 131042}, RED, "(131042)"),
        ("payment", {"can_send_message": "BLOCKED", "health_error": 141010}, GREEN, "no objection"),
        ("sending", {"can_send_message": "BLOCKED", "health_error": 141010}, RED, "WABA BLOCKED. The account is"),
        ("sending", {"can_send_message": "LIMITED", "health_error": 141010}, AMBER, "WABA LIMITED"),
        ("sending", {"can_send_message": "LIMITED", "health_error": 138024}, GREEN, "lets the number"),
        ("number", {"code_verification_status": "NOT_VERIFIED"}, RED, "13855007716 is not verified (NOT_VERIFIED)"),
        ("number", {"code_verification_status": "EXPIRED"}, AMBER, "(EXPIRED)"),
        ("display_name", {"name_status": "DECLINED"}, RED, "“Dott” is not approved (DECLINED)"),
        ("display_name", {"name_status": "PENDING_REVIEW"}, AMBER, "(PENDING_REVIEW)"),
        ("display_name", {"name_status": "NONE"}, AMBER, "(NONE)"),
        ("business", {"business_verification_status": "not_verified"}, AMBER, "not verified (not_verified)"),
        ("business", {"account_review_status": "REJECTED"}, RED, "rejected"),
        ("business", {"account_review_status": "PENDING"}, AMBER, "not finished"),
        ("quality", {"quality_rating": "RED"}, RED, "quality is red"),
        ("quality", {"quality_rating": "YELLOW"}, AMBER, "quality is yellow"),
        ("quality", {"quality_rating": "UNKNOWN"}, GREEN, "no rating"),
        ("daily_limit", {"messaging_limit": "TIER_UNLIMITED"}, GREEN, "No daily limit"),
        ("daily_limit", {"messaging_limit": "TIER_NEW"}, AMBER, "(TIER_NEW)"),
        ("throughput", {"throughput": "HIGH"}, GREEN, "1000 messages a second"),
        ("throughput", {"throughput": "NOT_APPLICABLE"}, AMBER, "(NOT_APPLICABLE)"),
        ("scopes", {"scopes": ["whatsapp_business_management"]}, RED, "whatsapp_business_messaging"),
        ("scopes", {"scopes": ["whatsapp_business_messaging"]}, AMBER, "whatsapp_business_management"),
        ("subscribed", {"subscribed": False}, RED, "not subscribed"),
    ],
)
def test_state_of_the_account_is_told(healthy, finding, name, state, light, words):
    healthy.set_account(**state)

    found = finding(name)

    assert (found.light, words in found.verdict.sentence) == (light, True), found.verdict.sentence
    assert bool(found.verdict.todo) == (light is not GREEN)


@pytest.mark.parametrize(
    ("state", "light", "words"),
    [
        ({"token_valid": False}, RED, "not valid: Error validating access token: Session has expired."),
        ({"token_expires_at": int(time.time()) + 3 * DAY}, RED, "The access token ends on"),
        ({"token_expires_at": int(time.time()) + 30 * DAY}, AMBER, "The access token ends on"),
        ({"data_access_expires_at": int(time.time()) + 30 * DAY}, AMBER, "Its access to data ends on"),
    ],
    ids=["revoked", "ends soon", "ends", "data ends"],
)
def test_token_that_will_not_do_for_ever_is_named(healthy, finding, state, light, words):
    healthy.set_account(**state)

    found = finding("token")

    assert (found.light, words in found.verdict.sentence) == (light, True)
    assert "system user" in found.verdict.todo


def test_token_is_looked_at_without_the_app_secret_too(healthy, finding, settings):
    settings.WHATSAPP_APP_SECRET = ""

    assert finding("token").light is GREEN


def test_token_of_another_app_is_named(finding, settings):
    settings.WHATSAPP_APP_ID, settings.WHATSAPP_APP_SECRET = "1", ""

    found = finding("token")

    assert (found.light, "1068741974830721" in found.verdict.sentence) == (AMBER, True)


def test_wrong_app_secret_is_found_before_a_webhook_is_refused(finding, settings):
    settings.WHATSAPP_APP_SECRET = "of another app"

    found = finding("app_secret")

    assert (found.light, "does not take our app ID and app secret" in found.verdict.sentence) == (RED, True)


def test_one_of_two_secrets_is_enough_during_a_rotation(finding, settings):
    settings.WHATSAPP_APP_SECRET = "old, sandbox-secret"

    assert finding("app_secret").verdict.sentence == "Meta takes the app secret."


def test_missing_app_secret_is_red(finding, settings):
    settings.WHATSAPP_APP_SECRET = ""

    assert (finding("app_secret").light, finding("webhook_address").light) == (RED, AMBER)


def test_test_number_is_told_from_a_business_number(healthy, finding):
    healthy.configure(display_phone_number="15551905954")

    found = finding("number")

    assert (found.light, "test numbers" in found.verdict.sentence) == (AMBER, True)


@pytest.mark.parametrize(
    ("version", "light", "words"),
    [
        ("v18.0", RED, "v18.0 ended on 2026-01-26; Meta silently serves v2"),
        ("v25.0", GREEN, "v25.0, until 2028-07-29"),
        ("v26.0", GREEN, "with no end announced"),
    ],
)
def test_version_is_compared_with_what_meta_serves(finding, settings, version, light, words):
    settings.WHATSAPP_API_VERSION = version

    found = finding("api_version")

    assert (found.light, words in found.verdict.sentence) == (light, True), found.verdict.sentence


@pytest.mark.parametrize(("ahead", "light"), [(0, GREEN), (120, AMBER), (900, RED)])
def test_clock_is_compared_with_metas(healthy, finding, ahead, light):
    healthy.advance(ahead)

    assert finding("clock").light is light


# What is left of the day


@pytest.fixture
def write_to():
    def write(count, **fields):
        for number in range(count):
            Message.objects.create(
                contact=Contact.objects.create(), phone_number_id="676188225586230", to_number=f"+1202555{number:04}",
                kind="text", content={}, **{"status": Status.SENT, "sending_since": timezone.now(), **fields},
            )  # fmt: skip

    return write


@pytest.mark.parametrize(("people", "light"), [(40, GREEN), (46, AMBER), (50, RED), (60, RED)])
def test_what_is_left_of_the_daily_limit_is_counted(healthy, finding, write_to, people, light):
    healthy.set_account(messaging_limit="TIER_50")
    write_to(people, opens_conversation=True)
    write_to(3, opens_conversation=False)

    found = finding("daily_limit")

    assert found.light is light
    assert found.verdict.sentence.startswith(f"{max(0, 50 - people)} of 50 people")


def test_pace_above_what_meta_takes_is_told(finding, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1000

    found = finding("throughput")

    assert (found.light, "is 1000, and Meta takes 80" in found.verdict.sentence) == (AMBER, True)


# Templates


@pytest.mark.parametrize(
    ("changes", "light", "words"),
    [
        ({"status": "PAUSED"}, AMBER, "es: paused at Meta."),
        ({"status": "REJECTED", "reason": "PROMOTIONAL"}, AMBER, "es: rejected at Meta (PROMOTIONAL)."),
        ({"status": "PENDING"}, AMBER, "es: pending at Meta."),
        ({"status": "FLAGGED"}, AMBER, "es: People block or report it (FLAGGED)"),
        ({"quality_score": "RED"}, AMBER, "es: People block or report it (RED)"),
        ({"category": "MARKETING"}, AMBER, "es: Meta charges and limits it as MARKETING."),
    ],
    ids=lambda part: next(iter(part)) if isinstance(part, dict) else None,
)
def test_template_in_one_language_is_told(healthy, finding, changes, light, words):
    healthy.set_template("invoice_notification", "es", **changes)

    found = finding("template_invoice_notification")

    assert (found.light, words in found.verdict.sentence) == (light, True), found.verdict.sentence


def test_template_back_from_the_archive_is_no_objection_where_meta_does_not_answer(settings, db):
    settings.WHATSAPP_ACCESS_TOKEN = ""
    MessageTemplate.objects.create(name="invoice_notification", language="es", status="UNARCHIVED")

    [line] = [each for each in lines_of(None) if (each.name, each.language) == ("invoice_notification", "es")]

    assert line.light is GREEN


def test_template_that_no_language_has_is_red_and_says_how_to_submit_it(healthy, finding):
    healthy.clear_templates()

    found = finding("template_payment_confirmation")

    assert (found.light, found.verdict.sentence[:18]) == (RED, "en_US: Not at Meta")
    assert found.verdict.command == "python manage.py sync_message_templates"


def test_coming_change_of_category_is_told(finding):
    MessageTemplate.objects.create(name="invoice_notification", language="fr", coming_category="MARKETING")

    assert "fr: Meta will make it MARKETING." in finding("template_invoice_notification").verdict.sentence


def test_table_tells_each_template_in_each_language(healthy):
    began_at = timezone.now()
    list(whatsapp_service.sync_message_templates(push=False))
    healthy.set_template("appointment_reminder", "pt_BR", status="DISABLED")

    lines = {(line.name, line.language): line for line in checklist.run().templates}

    assert len(lines) == 16
    line = lines["appointment_reminder", "pt_BR"]
    assert (line.status, line.light, line.category) == ("DISABLED", RED, "UTILITY")
    assert line.synced_at >= began_at


def test_table_falls_back_on_our_rows_where_meta_does_not_answer(settings):
    list(whatsapp_service.sync_message_templates(push=False))
    settings.WHATSAPP_GRAPH_API_URL = f"http://127.0.0.1:{closed_port()}"

    lines = checklist.run().templates

    assert {line.status for line in lines} == {"APPROVED"}


# Where the webhooks go


def test_address_of_webhooks_is_ours(healthy, finding, settings):
    healthy.configure(webhook_url="http://127.0.0.1:9/api/webhooks/whatsapp/")
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:9"

    assert finding("webhook_address").light is GREEN


@pytest.mark.parametrize(
    ("url", "fields", "light", "words"),
    [
        (None, ["messages"], RED, "no address for webhooks"),
        ("http://127.0.0.1:9/api/webhooks/whatsapp/", ["security"], RED, "field “messages”"),
        ("http://127.0.0.1:9/elsewhere?token=secret", ["messages"], AMBER, "http://127.0.0.1:9/elsewhere?…"),
        ("http://127.0.0.1:9/api/webhooks/whatsapp/", ["messages"], AMBER, "message_template_status_update"),
    ],
)
def test_address_that_is_not_ours_is_told(healthy, finding, settings, url, fields, light, words):
    healthy.configure(webhook_url=url)
    healthy.set_account(webhook_fields=fields)
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:9"

    found = finding("webhook_address")

    assert (found.light, words in found.verdict.sentence) == (light, True), found.verdict.sentence


def test_every_field_that_is_missing_is_told_and_the_set_up_names_it(healthy, finding, settings):
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:9"
    healthy.configure(webhook_url="http://127.0.0.1:9/api/webhooks/whatsapp/")
    healthy.set_account(webhook_fields=["messages"])

    [told] = re.findall(r"not about (.*)\.", finding("webhook_address").verdict.sentence)

    wanted = ["messages", *told.split(", ")]
    set_up = (settings.BASE_DIR / "docs/setup.md").read_text(encoding="utf-8").partition("## Webhooks")[2]
    rows = re.findall(r"^\| (`.*?) \|", set_up.partition("\n## ")[0], re.MULTILINE)
    assert [field for row in rows for field in re.findall(r"`(\w+)`", row)] == wanted
    assert {"template_category_update", "message_template_quality_update", "user_preferences"} <= set(wanted)


def test_address_of_another_server_is_told(healthy, finding):
    healthy.configure(webhook_url="http://127.0.0.1:9/api/webhooks/whatsapp/")

    assert finding("webhook_address").light is AMBER


# Meta away, silent, or of another mind


def test_unreachable_meta_is_one_red_line_and_the_rest_says_why_it_is_not_known(settings):
    settings.WHATSAPP_GRAPH_API_URL = f"http://127.0.0.1:{closed_port()}"

    lights = {each.name: each for each in checklist.run().findings if each.name in ASKING}

    assert lights["answers"].light is RED
    others = [each for name, each in lights.items() if name not in {"answers", "api_version", "clock"}]
    assert {each.verdict.sentence for each in others} == {"Not known: Meta could not be reached."}
    assert {each.light for each in others} == {AMBER}


def test_unset_token_asks_meta_nothing(settings, finding):
    settings.WHATSAPP_ACCESS_TOKEN = ""

    assert finding("configured").light is RED
    assert finding("quality").verdict.sentence == "Not known: No access token is set."


def test_expired_token_is_explained_by_its_own_line(healthy, finding):
    healthy.set_account(token_valid=False)

    assert "code 190" in finding("answers").verdict.sentence
    assert finding("token").light is RED
    assert finding("quality").light is AMBER


def test_wrong_number_id_is_metas_refusal(finding, settings):
    settings.WHATSAPP_PHONE_NUMBER_ID = "123"

    found = finding("answers")

    assert (found.light, "Meta refused with code 100" in found.verdict.sentence) == (RED, True)


def test_token_is_never_shown(finding, settings, healthy, caplog):
    settings.WHATSAPP_ACCESS_TOKEN = "EAAsecretcanary"

    report = checklist.run()

    assert not any("canary" in str(each.as_json()) for each in report.findings)
    assert "canary" not in caplog.text


def test_channel_is_never_written_by_a_look(finding):
    finding("quality")

    assert not Channel.objects.exists()


def test_end_of_a_token_is_told_in_utc(healthy, finding):
    healthy.set_account(token_expires_at=int(datetime(2029, 1, 2, 3, 4, tzinfo=UTC).timestamp()))

    assert finding("token").verdict.sentence == "The access token ends on 2029-01-02 03:04 UTC."
