"""A message that waits for its turn: nobody gets a second one meanwhile, and nothing runs out before it has left."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications import delivery, sending
from communications.models import Campaign, Message, Status
from invitations import life, resending
from invitations.batches import control, queueing
from invitations.errors import RecentlyInvited
from invitations.models import Invitation
from tests.invitations.batches.conftest import work_off

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "+12025550100"


@pytest.fixture
def waiting(judged, sandbox):
    """An invitation of a list whose message was queued 8 days ago and has not left; it is good for 7."""
    control.start(judged([NUMBER]))
    queueing.queue_due()
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=8))
    return Invitation.objects.get()


@pytest.fixture(autouse=True)
def _a_week(settings):
    settings.INVITATION_VALID_DAYS = 7


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING])
def test_person_whose_message_waits_is_not_invited_again(waiting, invite, status):
    Message.objects.update(status=status)

    answer = invite(NUMBER)

    assert (answer.status_code, answer.json()["code"]) == (409, "recently_invited")
    assert Message.objects.count() == 1


def test_it_is_not_sent_again_either(waiting):
    with pytest.raises(RecentlyInvited):
        resending.resend(waiting)


def test_another_list_leaves_out_whom_a_message_waits_for(waiting, judged):
    other = judged([NUMBER])

    assert other.verdicts == {"recently_invited": 1}


def test_it_does_not_expire_before_it_has_left(waiting):
    assert life.expire_overdue() == 0
    assert waiting.standing == Invitation.State.OPEN
    assert Invitation.objects.live().get() == waiting


def test_cool_down_and_validity_begin_when_it_leaves(waiting, invite):
    work_off()

    invitation = Invitation.objects.get()
    assert invitation.newest_message.status == Status.ACCEPTED
    assert timezone.now() - invitation.last_sent_at < timedelta(minutes=1)
    assert invitation.standing == Invitation.State.OPEN
    assert invite(NUMBER).json()["code"] == "recently_invited"


def test_they_begin_too_where_nobody_knows_whether_it_left(waiting):
    long_ago = timezone.now() - timedelta(hours=1)
    Message.objects.update(status=Status.SENDING, sending_since=long_ago)

    delivery.settle_abandoned()

    assert timezone.now() - Invitation.objects.get().last_sent_at < timedelta(minutes=1)


def test_what_will_never_leave_stands_in_nobodys_way(waiting, invite):
    control.cancel(waiting.batch)

    assert Campaign.objects.get().state == Campaign.State.CANCELLED
    assert invite(NUMBER).status_code == 200


def test_what_left_at_once_keeps_its_time(invite, sandbox, judged):
    control.start(judged([NUMBER]))
    queueing.queue_due()
    queued_at = Invitation.objects.get().last_sent_at

    sending.send_due()

    assert Invitation.objects.get().last_sent_at == queued_at
