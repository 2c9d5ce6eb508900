"""Webhooks that never came: the timeline is repaired from Meta's message history."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from communications import channel, reconciler
from communications.models import Message, Status
from communications.whatsapp_service import whatsapp_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(invite, sandbox):
    """An invitation of which WhatsApp told nothing for ten minutes."""
    sent = invite().json()
    sandbox.wait_idle()
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=10))
    return sent


def test_lost_webhooks_are_recovered_from_the_history(lost, api):
    repaired = reconciler.look_up_overdue()

    body = api.get(f"/api/invitations/{lost['invitationId']}/").json()
    message = Message.objects.get()
    assert repaired == 1
    assert [step["status"] for step in body["timeline"]] == ["accepted", "sent", "delivered", "read"]
    assert ["recovered" in step.details for step in message.timeline] == [False, True, True, True]


def test_recovered_step_says_so_on_the_page(lost, client, inviter):
    reconciler.look_up_overdue()
    client.force_login(inviter)

    page = client.get(f"/dashboard/invitations/{lost['invitationId']}/").content.decode()

    assert page.count("report lost, recovered") == 3


def test_failure_is_recovered_with_its_status(invite, api, sandbox):
    sent = invite("+12025550126").json()
    sandbox.wait_idle()
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=10))

    reconciler.look_up_overdue()

    assert api.get(f"/api/invitations/{sent['invitationId']}/").json()["status"] == "failed"


def test_webhook_that_comes_late_after_all_changes_nothing(lost, hand_over_webhooks):
    reconciler.look_up_overdue()
    before = list(Message.objects.get().statuses.values("status", "at"))

    hand_over_webhooks()

    assert list(Message.objects.get().statuses.values("status", "at")) == before


@pytest.mark.parametrize(
    ("ages", "changes"),
    [
        ({"created_at": timedelta(minutes=1)}, {}),
        ({"created_at": timedelta(days=3)}, {}),
        ({}, {"status": Status.SENT}),
        ({}, {"status": Status.UNCONFIRMED, "wamid": None}),
        ({"looked_up_at": timedelta(minutes=30)}, {}),
    ],
    ids=["too young", "too old", "heard of", "without a wamid", "asked a while ago"],
)
def test_only_what_is_overdue_is_asked_about(lost, ages, changes):
    moments = {name: timezone.now() - age for name, age in ages.items()}
    Message.objects.update(**changes, **moments)

    assert reconciler.look_up_overdue() == 0
    assert Message.objects.get().looked_up_at == moments.get("looked_up_at")


def test_few_are_asked_about_at_once_oldest_first(invite, sandbox):
    for number in range(5):
        invite(f"+120255502{number:02}")
    sandbox.wait_idle()
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=10))

    reconciler.look_up_overdue()

    assert Message.objects.filter(status=Status.READ).count() == reconciler.PORTION


def test_meta_that_does_not_answer_leaves_the_message_for_the_next_look(lost, settings):
    settings.WHATSAPP_GRAPH_API_URL = "http://127.0.0.1:9"

    assert reconciler.look_up_overdue() == 0
    assert Message.objects.get().status == Status.ACCEPTED


def test_nobody_is_asked_while_the_number_is_paused(lost, settings):
    channel.pause_by_person(settings.WHATSAPP_PHONE_NUMBER_ID, "john")

    assert reconciler.look_up_overdue() == 0
    assert Message.objects.get().looked_up_at is None


@pytest.mark.parametrize(
    "at", ["1795348800", 1795348800, "2026-11-22T12:00:00", "2026-11-22T12:00:00+00:00", "2026-11-22T07:00:00-05:00"]
)
def test_time_is_read_in_whatever_way_it_is_written(lost, monkeypatch, at):
    monkeypatch.setattr(whatsapp_service, "message_history", lambda _: [{"delivery_status": "SENT", "timestamp": at}])

    assert reconciler.look_up_overdue() == 1
    assert Message.objects.get().statuses.get(status=Status.SENT).at == datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"delivery_status": "SENT"},
        {"delivery_status": "SENT", "timestamp": "yesterday"},
        {"delivery_status": "SENT", "timestamp": "9" * 30},
        {"delivery_status": "LOST", "timestamp": "1795348800"},
        {"delivery_status": None, "timestamp": None},
    ],
)
def test_step_that_cannot_be_read_is_passed_over(lost, monkeypatch, event):
    readable = {"delivery_status": "delivered", "timestamp": "1795348800"}
    monkeypatch.setattr(whatsapp_service, "message_history", lambda _: [event, readable])

    assert reconciler.look_up_overdue() == 1
    assert Message.objects.get().status == Status.DELIVERED


def test_reason_of_a_failure_is_kept(lost, monkeypatch):
    event = {"delivery_status": "failed", "timestamp": 1795348800, "error_description": "Message undeliverable"}
    monkeypatch.setattr(whatsapp_service, "message_history", lambda _: [event])

    reconciler.look_up_overdue()

    details = Message.objects.get().statuses.get(status=Status.FAILED).details
    assert details == {"recovered": True, "error_description": "Message undeliverable"}
