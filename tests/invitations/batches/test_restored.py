"""After a backup was restored nobody gets a second message: neither of a list that was running, nor a reminder."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from communications.models import AuditEntry, Campaign, Message, Status
from communications.sending import send_due
from invitations import resending
from invitations.batches import control, queueing
from invitations.models import BatchRow, Invitation, InvitationBatch
from tests.invitations.batches.conftest import numbers

pytestmark = pytest.mark.django_db


@pytest.fixture
def settle():
    def call():
        call_command("settle_restored", stdout=(said := StringIO()))
        return said.getvalue()

    return call


@pytest.fixture
def running(judged, sandbox, monkeypatch):
    """A list of four of whom two are in the queue, and the third waits for a template."""
    monkeypatch.setattr(queueing, "PORTION", 2)
    monkeypatch.setattr(queueing, "LEAST_ROOM", 2)
    monkeypatch.setattr(queueing, "SECONDS_OF_ROOM", 0)
    batch = control.start(judged(numbers(4), name="Spring fair"))
    queueing.queue_due()
    batch.rows.filter(number=3).update(verdict=BatchRow.Verdict.WAITING)
    InvitationBatch.objects.update(verdicts={"valid": 3, "waiting_for_template": 1})
    return batch


def test_running_list_is_paused_until_somebody_has_looked(running, sandbox, settle):
    said = settle()

    assert "Spring fair" in said
    assert (queueing.queue_due(), queueing.queue_waiting(), send_due()) == (0, 0, 0)
    assert sandbox.messages() == []
    assert InvitationBatch.objects.get().state == "paused"
    assert set(Message.objects.values_list("status", flat=True)) == {Status.UNCONFIRMED}
    assert "Spring fair" not in settle()


def test_audit_log_keeps_that_it_was_run_and_what_was_settled(running, settle):
    settle()

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.details) == (
        "restored",
        "manage.py",
        {"messages": 2, "campaigns": 1},
    )


def test_list_that_is_resumed_by_hand_goes_on(running, sandbox, settle):
    settle()

    control.resume(running)
    queueing.queue_due()
    queueing.queue_waiting()
    send_due()

    assert sorted(each["to"] for each in sandbox.messages()) == numbers(4)[2:]


def test_campaign_without_more_to_come_runs_on_for_what_is_planned(sandbox, settle):
    campaign = Campaign.objects.create(name="Planned", state=Campaign.State.RUNNING)

    assert "Planned" not in settle()
    assert Campaign.objects.get(pk=campaign.pk).state == Campaign.State.RUNNING


@pytest.mark.parametrize("known", [Status.SENT, Status.DELIVERED])
def test_reminder_that_was_due_may_have_been_sent(invite, sandbox, settings, settle, known):
    settings.INVITATION_REMINDER_HOURS = 48
    for number, hours in (("+12025550100", 49), ("+12025550101", 47)):
        invite(number)
        long_ago = timezone.now() - timedelta(hours=hours)
        Invitation.objects.filter(phone_number=number).update(last_sent_at=long_ago)
    Message.objects.update(status=known)

    said = settle()

    Message.objects.update(status=Status.DELIVERED)
    assert "1 invitations are not reminded" in said
    assert resending.remind_due() == 0
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(hours=49))
    assert resending.remind_due() == 1
    assert Invitation.objects.get(phone_number="+12025550100").reminder_count == 2


def test_without_reminders_of_their_own_none_is_marked(invite, sandbox, settle):
    invite("+12025550100")
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=20))

    settle()

    assert Invitation.objects.get().reminder_count == 0
