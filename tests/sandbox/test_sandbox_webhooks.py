"""The webhooks: shape, signature, order, retries and the handshake."""

import itertools
import json
import time

import pytest

from sandbox import Sandbox, SandboxOptions
from sandbox.people import person_with_phone
from tests.sandbox.client import body_of, post, template_to, text_to, url_button
from tests.sandbox.receiver import WebhookReceiver, eventually

PHONE = "+13855007716"
USER_ID = person_with_phone(PHONE).user_id


def test_status_has_metas_shape(connected: Sandbox, receiver: WebhookReceiver) -> None:
    wamid = post(connected.url, text_to(PHONE, biz_opaque_callback_data="ours")).json()["messages"][0]["id"]

    connected.wait_idle()

    timestamp = receiver.received[0].value()["statuses"][0]["timestamp"]
    assert abs(int(timestamp) - time.time()) < 30
    assert json.loads(receiver.received[0].body) == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "1513500473389693",
                "changes": [
                    {
                        "field": "messages",
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {
                                "display_phone_number": "15551905954",
                                "phone_number_id": "676188225586230",
                            },
                            "contacts": [{"wa_id": "13855007716", "user_id": USER_ID}],
                            "statuses": [
                                {
                                    "id": wamid,
                                    "status": "sent",
                                    "timestamp": timestamp,
                                    "recipient_id": "13855007716",
                                    "recipient_user_id": USER_ID,
                                    "biz_opaque_callback_data": "ours",
                                    "pricing": {
                                        "billable": False,
                                        "pricing_model": "PMP",
                                        "type": "free_customer_service",
                                        "category": "service",
                                    },
                                }
                            ],
                        },
                    }
                ],
            }
        ],
    }


def test_status_without_callback_data_does_not_mention_it(connected: Sandbox, receiver: WebhookReceiver) -> None:
    post(connected.url, text_to(PHONE))

    connected.wait_idle()
    assert "biz_opaque_callback_data" not in receiver.received[0].value()["statuses"][0]


def test_marketing_template_is_billed_as_such(connected: Sandbox, receiver: WebhookReceiver) -> None:
    post(
        connected.url,
        template_to(PHONE, "business_invitation", body_of("John", "Hello"), url_button("abc")),
    )

    connected.wait_idle()
    pricing = receiver.received[0].value()["statuses"][0]["pricing"]
    assert pricing == {
        "billable": True,
        "pricing_model": "PMP",
        "type": "regular",
        "category": "marketing",
    }


def test_status_of_a_message_to_a_user_id_has_no_phone_number(connected: Sandbox, receiver: WebhookReceiver) -> None:
    post(connected.url, {**text_to(PHONE), "to": None, "recipient": USER_ID})

    connected.wait_idle()
    assert b"13855007716" not in receiver.received[0].body.replace(b"wamid", b"")
    assert receiver.received[0].value()["statuses"][0]["recipient_user_id"] == USER_ID


def test_reply_has_metas_shape(connected: Sandbox, receiver: WebhookReceiver) -> None:
    wamid = connected.reply(PHONE, "Hello", context="wamid.earlier")

    connected.wait_idle()

    value = receiver.received[0].value()
    inbound = value["messages"][0]
    assert value["contacts"][0]["profile"]["name"]
    assert inbound == {
        "from": "13855007716",
        "from_user_id": USER_ID,
        "id": wamid,
        "timestamp": inbound["timestamp"],
        "type": "text",
        "text": {"body": "Hello"},
        "context": {"from": "15551905954", "id": "wamid.earlier"},
    }


def test_signature_is_over_the_raw_bytes(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(app_secret="another secret")

    connected.reply(PHONE, "Grüße 👍 https://dott.example/")

    connected.wait_idle()
    assert receiver.received[0].is_signed_with("another secret")
    assert not receiver.received[0].is_signed_with("sandbox-secret")


def test_body_cannot_be_had_back_by_serialising_it_again(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.reply(PHONE, "é/")

    connected.wait_idle()
    body = receiver.received[0].body
    assert rb'"body":"\u00e9\/"' in body
    assert json.dumps(json.loads(body)).encode() != body
    assert json.dumps(json.loads(body), separators=(",", ":")).encode() != body
    assert json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode() != body


@pytest.mark.parametrize("refusal", [403, 500, 201, 302])
def test_webhook_is_tried_again_until_it_answers_200(
    connected: Sandbox, receiver: WebhookReceiver, refusal: int
) -> None:
    receiver.answers.extend([refusal] * 3)

    connected.reply(PHONE, "Hello")

    connected.wait_idle()
    record = connected.webhooks()[0]
    assert receiver.replies == ["Hello"] * 4
    assert [answer.status for answer in record.answers] == [refusal] * 3 + [200]
    assert record.state == "delivered"
    assert record.body == receiver.received[0].body == receiver.received[3].body


def test_pause_between_retries_doubles(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(webhook_retry_ms=40)
    receiver.answers.extend([500] * 3)

    connected.reply(PHONE, "Hello")

    connected.wait_idle()
    times = [answer.at for answer in connected.webhooks()[0].answers]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert [pause >= least for pause, least in zip(pauses, [0.039, 0.079, 0.159], strict=True)] == [True] * 3


def test_refused_status_does_not_hold_up_the_next(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(webhook_retry_ms=200)
    receiver.answers.append(500)

    post(connected.url, text_to(PHONE))

    connected.wait_idle()
    assert receiver.statuses == ["sent", "delivered", "read", "sent"]


def test_webhook_that_is_not_there_is_tried_until_it_is(sandbox: Sandbox) -> None:
    with WebhookReceiver() as gone:
        url = gone.url
    sandbox.configure(webhook_url=url)
    sandbox.reply(PHONE, "Hello")
    eventually(lambda: sandbox.settings()["webhook"]["retrying"] == 1)

    with WebhookReceiver() as receiver:
        sandbox.configure(webhook_url=receiver.url)
        sandbox.wait_idle()

        assert receiver.replies == ["Hello"]
    assert sandbox.webhooks()[0].answers[0].status is None
    assert sandbox.settings()["webhook"]["retrying"] == 0


def test_retry_is_signed_with_the_secret_of_its_day(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(webhook_retry_ms=100)
    receiver.answers.append(403)
    connected.reply(PHONE, "Hello")
    eventually(lambda: receiver.received)

    connected.configure(app_secret="rotated")

    connected.wait_idle()
    assert receiver.received[0].is_signed_with("sandbox-secret")
    assert receiver.received[1].is_signed_with("rotated")


def test_reset_stops_retries_and_statuses_under_way(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(delay_ms=50)
    receiver.answers.extend([500] * 1000)
    connected.reply(PHONE, "Hello")
    post(connected.url, text_to(PHONE))
    eventually(lambda: len(receiver.received) > 2)

    connected.reset()

    connected.wait_idle(timeout=0.1)
    time.sleep(0.1)
    assert connected.webhooks() == []
    assert connected.settings()["webhook"]["retrying"] == 0
    assert receiver.statuses == []


def test_statuses_keep_their_distance(connected: Sandbox, receiver: WebhookReceiver) -> None:
    connected.configure(delay_ms=60)
    began = time.time()

    post(connected.url, text_to(PHONE))

    connected.wait_idle()
    sent, delivered, read = (record.answers[0].at - began for record in connected.webhooks())
    assert sent >= 0.06
    assert delivered >= 0.12
    assert read >= 0.18


def test_without_a_webhook_what_would_be_sent_is_recorded(sandbox: Sandbox) -> None:
    post(sandbox.url, text_to(PHONE))

    sandbox.wait_idle()
    records = sandbox.webhooks()
    assert [record.state for record in records] == ["recorded"] * 3
    assert all(record.answers == [] for record in records)


def test_handshake_is_made_when_the_webhook_is_configured(sandbox: Sandbox, receiver: WebhookReceiver) -> None:
    sandbox.configure(webhook_url=receiver.url, verify_token="handshake")

    assert receiver.handshakes[0]["hub.mode"] == "subscribe"
    assert receiver.handshakes[0]["hub.verify_token"] == "handshake"
    assert sandbox.settings()["webhook"]["verified"] is True


def test_refused_handshake_is_told(sandbox: Sandbox, receiver: WebhookReceiver) -> None:
    sandbox.configure(webhook_url=receiver.url, verify_token="wrong")

    state = sandbox.settings()["webhook"]
    assert state["verified"] is False
    assert state["problem"] == "the webhook refused the handshake with 403"


def test_handshake_at_start_waits_for_an_application_that_starts_later() -> None:
    with WebhookReceiver() as gone:
        url = gone.url
    options = SandboxOptions(webhook_url=url, verify_token="handshake")

    with Sandbox(options) as sandbox:
        eventually(lambda: "could not be reached" in sandbox.settings()["webhook"]["problem"])
        with WebhookReceiver(verify_token="handshake") as receiver:
            sandbox.configure(webhook_url=receiver.url)

            assert sandbox.settings()["webhook"]["verified"] is True
