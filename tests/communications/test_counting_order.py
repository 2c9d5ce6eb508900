"""What the tallies say is a function of the rows: whatever happened, in any order, and whenever it was counted."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communications import contacts, delivery
from communications.message_facts import MESSAGES
from communications.models import Campaign, CountedMessage, Message, MessageStatus, MessageTally, Status
from communications.phone_numbers import parse
from communications.statuses import StatusUpdate, apply_statuses
from invitations.invitation_facts import INVITATIONS
from invitations.models import CountedInvitation, Invitation, InvitationMessage, InvitationTally

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
PHONES = ["+12025550100", "+12025550111", "+5511987654321", "+447400123456"]
PRICES = [
    {},
    {"pricing": {"billable": True, "category": "marketing", "type": "regular"}},
    {"pricing": {"billable": False, "category": "service", "type": "free_customer_service"}},
    {"pricing": {"type": "regular", "category": "Utility!"}},
    {"pricing": ["no object"]},
]
NUMBERS = st.integers(0, len(PHONES) - 1)


@st.composite
def updates(draw):
    status = draw(st.sampled_from(["sent", "delivered", "read", "failed"]))
    return ("status", draw(NUMBERS), status, draw(st.integers(0, 100_000)),
            draw(st.sampled_from([131026, 131049, None])) if status == "failed" else None,
            draw(st.sampled_from(PRICES)))  # fmt: skip


DEEDS = st.one_of(
    updates(),
    updates(),
    st.tuples(st.just("batch"), st.lists(updates(), min_size=2, max_size=5)),
    st.tuples(st.just("campaign"), NUMBERS),
    st.tuples(st.just("state"), NUMBERS, st.sampled_from(["opened", "joined", "declined", "expired"])),
    st.tuples(st.just("send again"), NUMBERS),
    st.tuples(st.just("expire"), NUMBERS),
    st.tuples(st.just("delete"), NUMBERS),
    st.tuples(st.just("forget"), NUMBERS),
    st.tuples(st.just("another day"), NUMBERS, st.integers(-3, 3)),
)
# After each deed, how much is counted before the next.
HISTORIES = st.lists(st.tuples(DEEDS, st.sampled_from([0, 0, 1, 3, 100])), max_size=14)


class World:
    """A campaign, and a few messages, half of which carry invitations."""

    def __init__(self, inviter):
        self.inviter = inviter
        self.campaign = Campaign.objects.create()
        self.messages = [self.write(phone) for phone in PHONES]
        self.invitations = [self.invite(message) for message in self.messages[:2]]

    def write(self, phone):
        contact = contacts.create_by_phone(parse(phone), evidence="sent to")
        return Message.objects.create(pk=uuid4(), contact=contact, kind="text", content={}, to_number=phone,
                                      status=Status.SENDING)  # fmt: skip

    def invite(self, message):
        invitation = Invitation.objects.create(inviter=self.inviter, contact=message.contact, newest_message=message,
                                               phone_number=message.to_number, last_sent_at=START)  # fmt: skip
        InvitationMessage.objects.create(invitation=invitation, message=message, sent_by=self.inviter)
        return invitation

    def do(self, deed, *rest):
        getattr(self, f"do_{deed.replace(' ', '_')}")(*rest)

    def do_status(self, number, status, seconds, code, details):
        self.do_batch([("status", number, status, seconds, code, details)])

    @transaction.atomic
    def do_batch(self, told):
        apply_statuses([
            StatusUpdate(wamid=f"wamid.{number}", message_id=self.messages[number].pk, status=Status(status),
                         at=START + timedelta(seconds=seconds), meta_code=code, details=details)
            for _status, number, status, seconds, code, details in told
        ])  # fmt: skip

    def do_campaign(self, number):
        Message.objects.filter(pk=self.messages[number].pk).update(campaign=self.campaign)

    def do_state(self, number, state):
        Invitation.objects.filter(pk=self.invitations[number % 2].pk).update(state=state)

    def do_send_again(self, number):
        """The invitation goes on as a template, in another message."""
        invitation = self.invitations[number % 2]
        message = Message.objects.create(
            contact=invitation.contact, kind="template", to_number=invitation.phone_number, status=Status.QUEUED,
            content={"type": "template", "template": {"name": "business_invitation"}},
        )  # fmt: skip
        InvitationMessage.objects.create(invitation=invitation, message=message, sent_by=self.inviter)
        Invitation.objects.filter(pk=invitation.pk).update(newest_message=message)

    def do_expire(self, number):
        Message.objects.filter(pk=self.messages[number].pk, status=Status.SENDING).update(
            status=Status.QUEUED, expires_at=START
        )
        delivery.expire_queued()

    def do_delete(self, number):
        if number >= len(self.invitations):
            MessageStatus.objects.filter(message=self.messages[number]).delete()
            Message.objects.filter(pk=self.messages[number].pk).delete()

    def do_forget(self, number):
        """As `communications/erasure.py` leaves the rows of somebody who was forgotten."""
        Message.objects.filter(contact=self.messages[number].contact).update(
            to_number="", content={}, is_forgotten=True
        )
        Invitation.objects.filter(contact=self.messages[number].contact).update(phone_number="", state="revoked")

    def do_another_day(self, number, days):
        moved = timezone.now() + timedelta(days=days)
        Message.objects.filter(pk=self.messages[number].pk).update(created_at=moved)


def count_all():
    while MESSAGES.count_changed() + INVITATIONS.count_changed():
        pass


def told_by(model):
    rows = [{name: value for name, value in row.items() if value} for row in model.objects.values()]
    return sorted(rows, key=lambda row: str(row["id"]))


def everything():
    return [told_by(model) for model in (MessageTally, CountedMessage, InvitationTally, CountedInvitation)]


@given(HISTORIES)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_was_counted_bit_by_bit_equals_a_full_recount(django_user_model, history):
    with transaction.atomic():
        world = World(django_user_model.objects.create_user(f"inviter-{uuid4()}"))
        for deed, counted in history:
            world.do(*deed)
            if counted:
                MESSAGES.count_changed(counted)
                INVITATIONS.count_changed(counted)
        count_all()
        bit_by_bit = everything()
        days = set(MessageTally.objects.values_list("day", flat=True))

        MESSAGES.rebuild()
        INVITATIONS.rebuild()
        assert everything() == bit_by_bit

        for day in days:
            MESSAGES.rebuild(day)
        assert everything() == bit_by_bit

        assert totals() == (by_status(), Message.objects.count(), Invitation.objects.count())
        transaction.set_rollback(True)


def totals():
    """What the tallies of everybody say, added up over all days."""
    counts = Counter()
    for tally in MessageTally.objects.filter(told_apart=""):
        counts.update({status: getattr(tally, status) for status in Status.values if getattr(tally, status)})
    invitations = InvitationTally.objects.filter(told_apart="")
    return counts, counts.total(), sum(tally.total for tally in invitations)


def by_status():
    return Counter(Message.objects.values_list("status", flat=True))


def test_each_combination_of_dimensions_adds_up_to_the_same_total(inviter):
    world = World(inviter)
    world.do("campaign", 1)
    world.do("status", 0, "read", 60, None, PRICES[1])

    count_all()

    added_up = Counter()
    for told_apart, total in MessageTally.objects.values_list("told_apart", "total"):
        added_up[told_apart] += total
    assert set(added_up.values()) == {len(PHONES)}
    assert len(added_up) == 10


def test_late_failure_takes_back_what_was_counted_before(inviter):
    world = World(inviter)
    world.do("status", 0, "sent", 1, None, {})
    count_all()
    assert MessageTally.objects.get(told_apart="").sent == 1

    world.do("status", 0, "failed", 2, 131049, {})
    count_all()

    tally = MessageTally.objects.get(told_apart="")
    assert (tally.sent, tally.failed, tally.total) == (0, 1, len(PHONES))
    assert tally.details == {"failed:131049": 1}


def test_step_that_is_told_after_a_later_one_is_counted_too(inviter):
    world = World(inviter)
    world.do("status", 0, "sent", 0, None, {})
    world.do("status", 0, "read", 100, None, {})
    count_all()

    world.do("status", 0, "delivered", 10, None, PRICES[1])
    count_all()

    assert MessageTally.objects.get(told_apart="").details == {
        "delivered_in:14": 1, "read_in:27": 1, "billable:marketing/US": 1,
    }  # fmt: skip


def test_rows_in_which_nothing_is_counted_any_more_are_gone(inviter):
    world = World(inviter)
    count_all()

    world.do("campaign", 0)
    world.do("another day", 0, -3)
    count_all()

    assert not MessageTally.objects.filter(total=0).exists()
    assert MessageTally.objects.filter(told_apart="").count() == 2
