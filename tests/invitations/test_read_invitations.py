"""GET /api/invitations/ and GET /api/invitations/{id}/."""

from datetime import UTC, datetime

import pytest

from communications.models import MessageStatus, Status

pytestmark = pytest.mark.django_db


def test_webhooks_move_the_invitation_to_read(invite, api, hand_over_webhooks):
    sent = invite("+12025550100", "Join me on Dott").json()

    assert set(hand_over_webhooks()) == {200}

    body = api.get(f"/api/invitations/{sent['invitationId']}/").json()
    assert [step["status"] for step in body.pop("timeline")] == ["accepted", "sent", "delivered", "read"]
    assert body.pop("createdAt").endswith("Z")
    assert body == {
        "invitationId": sent["invitationId"],
        "phoneNumber": "+12025550100",
        "senderName": "John Doe",
        "message": "Join me on Dott",
        "status": "read",
        "messageId": sent["messageId"],
        "state": "open",
        "failure": None,
    }


@pytest.mark.parametrize(
    ("number", "status", "timeline"),
    [
        ("+12025550101", "delivered", ["accepted", "sent", "delivered"]),
        ("+12025550102", "sent", ["accepted", "sent"]),
        ("+12025550103", "read", ["accepted", "sent", "delivered", "read"]),
        ("+12025550104", "read", ["accepted", "sent", "delivered", "read"]),
        ("+12025550106", "read", ["unconfirmed", "sent", "delivered", "read"]),
        ("+12025550109", "sent", ["held", "sent"]),
        ("+12025550126", "failed", ["accepted", "failed"]),
        ("+12025550149", "failed", ["accepted", "failed"]),
        ("+12025550150", "failed", ["accepted", "failed"]),
    ],
)
def test_each_persons_statuses_end_where_they_should(invite, api, hand_over_webhooks, number, status, timeline):
    sent = invite(number).json()

    hand_over_webhooks()

    body = api.get(f"/api/invitations/{sent['invitationId']}/").json()
    steps = [step["status"] for step in body["timeline"]]
    assert (body["status"], steps[: len(timeline)]) == (status, timeline)
    assert body["messageId"].startswith("wamid.")


def test_times_of_the_timeline_do_not_run_backwards(invite, api, sandbox):
    sent = invite().json()
    accepted = MessageStatus.objects.get()
    MessageStatus.objects.filter(pk=accepted.pk).update(at=datetime(2026, 11, 22, 12, 23, 45, 480_000, tzinfo=UTC))
    for status, second in ((Status.SENT, 45), (Status.DELIVERED, 47), (Status.READ, 46)):
        at = datetime(2026, 11, 22, 12, 23, second, tzinfo=UTC)
        MessageStatus.objects.create(message=accepted.message, status=status, at=at)

    body = api.get(f"/api/invitations/{sent['invitationId']}/").json()

    assert body["timeline"] == [
        {"status": "accepted", "at": "2026-11-22T12:23:45Z"},
        {"status": "sent", "at": "2026-11-22T12:23:45Z"},
        {"status": "delivered", "at": "2026-11-22T12:23:46Z"},
        {"status": "read", "at": "2026-11-22T12:23:46Z"},
    ]


def test_failure_that_comes_by_webhook_is_explained(invite, api, hand_over_webhooks):
    sent = invite("+12025550126").json()

    hand_over_webhooks()

    failure = api.get(f"/api/invitations/{sent['invitationId']}/").json()["failure"]
    assert (failure["code"], failure["metaCode"]) == ("send_failed", 131026)
    assert failure["error"] == "Failed to send WhatsApp message"
    assert "not on WhatsApp" in failure["detail"]


def test_list_shows_ones_own_newest_first(invite, api, client, django_user_model, sandbox):
    older, newer = invite("+12025550100").json(), invite("+12025550111").json()
    client.force_login(django_user_model.objects.create_user("jane"))

    mine = api.get("/api/invitations/").json()
    hers = client.get("/api/invitations/").json()

    assert [row["invitationId"] for row in mine["results"]] == [newer["invitationId"], older["invitationId"]]
    assert hers["results"] == []


def test_someone_elses_invitation_is_404_and_staff_see_all(invite, client, django_user_model, sandbox):
    path = f"/api/invitations/{invite().json()['invitationId']}/"

    client.force_login(django_user_model.objects.create_user("jane"))
    assert client.get(path).status_code == 404

    client.force_login(django_user_model.objects.create_user("boss", is_staff=True))
    assert client.get(path).status_code == 200


def test_list_is_paged_and_costs_the_same_however_long(invite, api, sandbox, django_assert_max_num_queries):
    numbers = [f"+120255502{n:02}" for n in range(52)]
    assert {invite(number).status_code for number in numbers} == {200}

    with django_assert_max_num_queries(4):
        first = api.get("/api/invitations/").json()
    second = api.get(first["next"]).json()

    assert (len(first["results"]), len(second["results"])) == (50, 2)
    assert second["next"] is None
