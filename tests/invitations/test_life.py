"""The steps of an invitation: each is taken once, whoever comes at the same moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications import due_work
from communications.models import Contact
from invitations import life
from invitations.models import Invitation

pytestmark = pytest.mark.django_db

State = Invitation.State
ENDED = (State.JOINED, State.DECLINED, State.EXPIRED, State.REVOKED)
STEPS = {
    "open_": life.open_,
    "join": lambda invitation: life.join(invitation, via="page"),
    "decline": lambda invitation: life.decline(invitation, via="page"),
    "revoke": life.revoke,
}


@pytest.fixture
def invitation(invite, sandbox):
    invite("+12025550100")
    return Invitation.objects.get()


def age(days):
    Invitation.objects.update(last_sent_at=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_stays_ended(invitation, step, state):
    Invitation.objects.update(state=state)

    moved = STEPS[step](invitation)

    assert not moved
    assert Invitation.objects.get().state == state


@pytest.mark.parametrize("step", STEPS)
def test_step_is_taken_once(invitation, step):
    stale = Invitation.objects.get()

    assert STEPS[step](invitation)
    assert not STEPS[step](stale)


@pytest.mark.parametrize("step", STEPS)
def test_what_is_overdue_has_expired_although_nobody_wrote_it_down(invitation, step):
    age(days=31)

    assert not STEPS[step](invitation)
    assert Invitation.objects.get().standing == State.EXPIRED


def test_opened_at_is_the_first_look_and_answered_at_the_answer(invitation):
    life.open_(invitation)
    opened_at = Invitation.objects.get().opened_at
    life.join(Invitation.objects.get(), via="page")

    found = Invitation.objects.get()
    assert found.opened_at == opened_at
    assert found.answered_at > opened_at


def test_due_work_writes_down_what_has_expired(invitation, invite, settings):
    settings.INVITATION_VALID_DAYS = 7
    age(days=8)
    invite("+12025550101")

    due_work.run_once()

    states = dict(Invitation.objects.values_list("phone_number", "state"))
    assert states == {"+12025550100": "expired", "+12025550101": "open"}


@pytest.mark.parametrize("state", [State.JOINED, State.DECLINED, State.REVOKED])
def test_what_has_ended_otherwise_does_not_expire(invitation, state):
    Invitation.objects.update(state=state)
    age(days=31)

    assert life.expire_overdue() == 0
    assert Invitation.objects.get().standing == state


def test_person_whose_invitation_has_expired_gets_a_new_one(invitation, invite):
    age(days=31)

    answer = invite("+12025550100")

    assert answer.status_code == 200
    assert answer.json()["invitationId"] != str(invitation.pk)
    assert sorted(Invitation.objects.values_list("state", flat=True)) == ["expired", "open"]


def test_sending_again_makes_it_valid_again(invitation, invite, settings):
    settings.INVITATION_COOLDOWN_HOURS = 0
    age(days=29)

    invite("+12025550100")

    assert Invitation.objects.get().last_sent_at > timezone.now() - timedelta(minutes=1)


# One open invitation per person and inviter, however the number is written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+55 11 98765-4321", "+55 11 8765-4321"),
        ("+52 55 1234 5678", "+52 1 55 1234 5678"),
        ("+54 9 11 2345-6789", "+54 11 2345-6789"),
    ],
    ids=["Brazil", "Mexico", "Argentina"],
)
def test_spellings_of_one_number_are_one_person_and_one_invitation(invite, sandbox, settings, one, other):
    settings.INVITATION_COOLDOWN_HOURS = 0

    first, second = invite(one), invite(other)

    assert first.status_code == second.status_code == 200
    assert first.json()["invitationId"] == second.json()["invitationId"]
    assert Contact.objects.count() == Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("+5511987654321", "+551187654321"), ("+525512345678", "+5215512345678"), ("+5491123456789", "+541123456789")],
    ids=["Brazil", "Mexico", "Argentina"],
)
def test_cool_down_and_opt_out_hold_for_every_spelling(invite, client, sandbox, one, other):
    invite(one)
    too_soon = invite(other)
    client.post(f"/i/{Invitation.objects.get().token}/", {"answer": "never"})

    assert too_soon.json()["code"] == "recently_invited"
    assert invite(other).json()["code"] == "recipient_opted_out"
