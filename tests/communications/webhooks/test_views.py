"""The webhook door: who may knock, and what is kept."""

import hashlib
import json

import pytest

from communications.models import Message, MessageStatus, WebhookEvent
from communications.webhooks.processing import UNREADABLE
from tests.conftest import WEBHOOK_PATH, signature_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


@pytest.fixture
def post(client):
    def post(body, **headers):
        return client.post(WEBHOOK_PATH, body, content_type="application/json", headers=headers or signature_of(body))

    return post


def handshake(client, **changes):
    query = {"hub.mode": "subscribe", "hub.verify_token": "sandbox-verify-token", "hub.challenge": "1158201444"}
    query |= {f"hub.{name}": value for name, value in changes.items()}
    return client.get(WEBHOOK_PATH, {name: value for name, value in query.items() if value is not None})


def test_handshake_gives_the_challenge_back_as_the_whole_body(client):
    answer = handshake(client)

    assert (answer.status_code, answer.content) == (200, b"1158201444")


def test_challenge_is_never_a_page(client):
    answer = handshake(client, challenge="<script>alert(1)</script>")

    assert answer["Content-Type"].startswith("text/plain")
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "changes",
    [{"verify_token": "wrong"}, {"verify_token": ""}, {"verify_token": None}, {"verify_token": "gehöim"},
     {"verify_token": "\ud800".encode("utf-8", "surrogatepass")}, {"mode": "unsubscribe"}, {"mode": None}],
    ids=["wrong", "empty", "missing", "not ASCII", "half a character", "other mode", "no mode"],
)  # fmt: skip
def test_handshake_that_does_not_know_our_token_is_refused(client, changes):
    answer = handshake(client, **changes)

    assert answer.status_code == 403
    assert b"1158201444" not in answer.content


def test_handshake_without_a_configured_token_is_refused(client, settings):
    settings.WHATSAPP_WEBHOOK_VERIFY_TOKEN = ""

    assert handshake(client, verify_token="").status_code == 403


def test_verify_token_may_hold_any_letters(client, settings):
    settings.WHATSAPP_WEBHOOK_VERIFY_TOKEN = "gehöim"

    assert handshake(client, verify_token="gehöim").status_code == 200


def test_real_handshake_succeeds(sandbox, live_server):
    sandbox.configure(webhook_url=live_server.url + WEBHOOK_PATH, verify_token="sandbox-verify-token")

    assert sandbox.settings()["webhook"]["verified"] is True


def test_real_handshake_with_another_token_fails(sandbox, live_server):
    sandbox.configure(webhook_url=live_server.url + WEBHOOK_PATH, verify_token="another")

    assert sandbox.settings()["webhook"]["verified"] is False


def test_unsigned_webhook_is_refused_and_not_stored(client, payload):
    answer = client.post(WEBHOOK_PATH, payload("status_read"), content_type="application/json")

    assert answer.status_code == 401
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("header", ["sha256=" + "0" * 64, "sha256=", "nonsense", "sha256=é"])
def test_wrongly_signed_webhook_is_refused_and_not_stored(post, payload, header):
    answer = post(payload("status_read"), **{"X-Hub-Signature-256": header})

    assert answer.status_code == 403
    assert not WebhookEvent.objects.exists()


def test_webhook_is_refused_where_no_secret_is_configured(post, payload, settings):
    settings.WHATSAPP_APP_SECRET = ""

    assert post(payload("status_read")).status_code == 403
    assert not WebhookEvent.objects.exists()


def test_old_and_new_secret_are_both_good_during_a_rotation(post, payload, settings):
    settings.WHATSAPP_APP_SECRET = "new-secret, sandbox-secret"
    body = payload("status_read")

    assert post(body).status_code == 200
    assert post(body, **signature_of(body, "new-secret")).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["status_read", "template_approved", "field_unknown", "status_of_another_number", "message_with_null_character"],
)
def test_signed_webhook_is_kept_byte_for_byte(post, payload, name):
    body = payload(name)

    assert post(body).status_code == 200

    event = WebhookEvent.objects.get()
    assert bytes(event.body) == body
    assert event.processed_at is not None
    assert event.error == ""


@pytest.mark.parametrize("body", [b"", b"not JSON", b"\xff\xfe\x00", b"[" * 100_000], ids=lambda body: ascii(body[:9]))
def test_signed_body_that_is_not_json_is_kept_and_marked(post, body):
    assert post(body).status_code == 200

    event = WebhookEvent.objects.get()
    assert bytes(event.body) == body
    assert event.error == UNREADABLE
    assert event.processed_at is not None


def test_body_of_three_megabytes_is_kept(post):
    body = json.dumps({"entry": [], "padding": "x" * 3_000_000}).encode()

    assert post(body).status_code == 200

    stored = bytes(WebhookEvent.objects.get().body)
    assert hashlib.sha256(stored).digest() == hashlib.sha256(body).digest()


def test_body_above_four_megabytes_is_refused_and_not_stored(post):
    assert post(b"x" * (4 * 1024 * 1024 + 1)).status_code == 413
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_not_allowed(client, method):
    answer = getattr(client, method)(WEBHOOK_PATH)

    assert answer.status_code == 405
    assert not WebhookEvent.objects.exists()


def test_webhook_needs_no_csrf_token_and_sets_no_cookie(payload):
    from django.test import Client

    body = payload("status_read")
    answer = Client(enforce_csrf_checks=True).post(
        WEBHOOK_PATH, body, content_type="application/json", headers=signature_of(body)
    )

    assert answer.status_code == 200
    assert not answer.cookies


def test_webhooks_posted_twice_change_nothing_the_second_time(invite, hand_over_webhooks):
    invite()
    hand_over_webhooks()
    before = list(Message.objects.values()), list(MessageStatus.objects.order_by("pk").values())

    assert set(hand_over_webhooks()) == {200}

    assert (list(Message.objects.values()), list(MessageStatus.objects.order_by("pk").values())) == before
