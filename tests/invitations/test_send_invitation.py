"""The main job: POST /api/invitations/whatsapp/ to a message that was read."""

import re

import pytest

pytestmark = pytest.mark.django_db


def test_invitation_is_sent_and_answered_as_the_contract_says(invite, sandbox):
    answer = invite("+12025550100", "Join me on Dott")

    body = answer.json()
    assert answer.status_code == 200
    assert body["success"] is True
    assert body["message"] == "WhatsApp invitation sent successfully"
    assert body["messageId"].startswith("wamid.")
    assert body["status"] == "accepted"
    assert re.fullmatch(r"[0-9a-f-]{36}", body["invitationId"])
    assert set(body) == {"success", "message", "messageId", "invitationId", "status"}


def test_webhooks_move_the_invitation_to_read(invite, api, hand_over_webhooks):
    sent = invite().json()

    assert set(hand_over_webhooks()) == {200}

    body = api.get(f"/api/invitations/{sent['invitationId']}/").json()
    assert body["status"] == "read"
    assert [step["status"] for step in body["timeline"]] == ["accepted", "sent", "delivered", "read"]
