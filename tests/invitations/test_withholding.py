"""What is no longer wanted does not leave, however far it had come on its way out."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from communications import delivery, results
from communications.claims import Claims
from communications.credentials import our_credentials
from communications.models import Contact, Message, Status
from communications.results import Outcome
from communications.sending import send_due
from invitations import life, resending, services
from invitations.batches import control, creation, judging, queueing
from invitations.batches.list_rows import ListRow
from invitations.models import Invitation

pytestmark = pytest.mark.django_db(transaction=True)

ENDS = {
    "join": lambda invitation: life.join(invitation, via="page"),
    "decline": lambda invitation: life.decline(invitation, via="page"),
    "revoke": life.revoke,
}


@pytest.fixture
def due(invite, sandbox, settings):
    """An invitation that was received, and whose reminder is due."""
    settings.INVITATION_REMINDER_HOURS = 48
    invite("+12025550100")
    Message.objects.update(status=Status.DELIVERED)
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(hours=49))
    return Invitation.objects.get()


@pytest.fixture
def decline_meanwhile(monkeypatch):
    """Let the person decline in the middle of a call of `services`, whose transaction is not at its end."""
    threads = []

    def decline_in(name):
        original = getattr(services, name)

        def called(*args, **kwargs):
            answer = original(*args, **kwargs)
            thread = threading.Thread(target=decline)
            thread.start()
            threads.append(thread)
            time.sleep(0.3)
            return answer

        monkeypatch.setattr(services, name, called)

    def decline():
        try:
            life.decline(Invitation.objects.get(), via="page")
        finally:
            connections.close_all()

    yield decline_in, threads
    for thread in threads:
        thread.join()


def work_off():
    send_due()
    delivery.expire_queued()


@pytest.mark.parametrize("end", ENDS)
def test_reminder_that_comes_back_from_the_wire_does_not_leave_again(due, sandbox, end):
    resending.remind_due()
    [claimed] = Claims().take(1, our_credentials()).messages

    ENDS[end](Invitation.objects.get())
    results.record([Outcome(claimed, pause=0.0)], our_credentials())
    work_off()

    assert len(sandbox.messages()) == 1
    assert Message.objects.get(pk=claimed.pk).failure_code == "not_sent_in_time"


def test_answer_to_an_invitation_whose_reminder_is_being_prepared_withholds_it(due, sandbox, decline_meanwhile):
    decline_in, threads = decline_meanwhile
    decline_in("require_invitable")

    resending.remind_due()
    [thread] = threads
    thread.join()
    work_off()

    assert Invitation.objects.get().state == Invitation.State.DECLINED
    assert len(sandbox.messages()) == 1


def test_answer_to_an_invitation_that_a_list_is_about_to_carry_withholds_it(due, inviter, sandbox, decline_meanwhile):
    decline_in, threads = decline_meanwhile
    batch = creation.create(
        inviter=inviter, rows=iter([ListRow(1, "+12025550100")]), name="Fair", message="Join me", sender_name="John",
        source="api",
    )  # fmt: skip
    judging.judge_due()
    batch.refresh_from_db()
    control.start(batch)
    decline_in("newest_of_each")

    queueing.queue_due()
    [thread] = threads
    thread.join()
    work_off()

    assert Invitation.objects.get().state == Invitation.State.DECLINED
    assert len(sandbox.messages()) == 1


def test_text_that_waits_does_not_go_to_somebody_who_has_stopped_marketing_since(due, sandbox):
    resending.remind_due()
    Contact.objects.update(marketing_opted_out_at=timezone.now())

    work_off()

    assert len(sandbox.messages()) == 1
    assert Message.objects.order_by("created_at").last().failure_code == "recipient_opted_out"
