"""What a message is counted as, from the request to its last webhook."""

from datetime import UTC, datetime

import pytest

from communications.message_facts import MESSAGES
from communications.models import CountedMessage, Message, MessageTally, Status
from tests.communications.webhooks.posts import receive, status

pytestmark = pytest.mark.django_db

PRICE = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "marketing"}


def counted(message):
    while MESSAGES.count_changed():
        pass
    return CountedMessage.objects.get(pk=message.pk)


def facts(message):
    return counted(message).facts.split()


def test_message_is_counted_where_it_belongs(sandbox, invite, inviter, hand_over_webhooks):
    invite("+12025550100")
    hand_over_webhooks()
    message = Message.objects.get()

    row = counted(message)

    assert (row.sender, row.template, row.country, row.campaign) == (str(inviter.pk), "", "US", "")
    assert {fact.split(":")[0] for fact in row.facts.split()} == {"read", "delivered_in", "read_in", "free"}


def test_price_is_counted_once_the_message_is_delivered(sent_message):
    message = sent_message()
    receive(status("sent", message, pricing=PRICE))
    assert facts(message) == ["sent"]

    receive(status("delivered", message, pricing=PRICE))

    assert facts(message) == ["billable:marketing/US", "delivered", "delivered_in:5"]


@pytest.mark.parametrize(
    ("pricing", "fact"),
    [
        ({"billable": False, "category": "service"}, "free:service/US"),
        ({"type": "regular", "category": "utility"}, "billable:utility/US"),
        ({"type": "free_entry_point", "category": "referral_conversion"}, "free:referral_conversion/US"),
        ({"billable": "yes", "category": "Mar/ket ing:"}, "free:mar_ket_ing_/US"),
        ({"billable": True}, "billable:unknown/US"),
    ],
)
def test_price_is_what_meta_says(sent_message, pricing, fact):
    message = sent_message()

    receive(status("delivered", message, pricing=pricing))

    assert fact in facts(message)


@pytest.mark.parametrize("pricing", [None, [], "free", {}])
def test_price_that_is_none_counts_for_nothing(sent_message, pricing):
    message = sent_message()

    receive(status("read", message, pricing=pricing))

    assert not [fact for fact in facts(message) if "able" in fact or "free" in fact]


def test_reason_of_a_failure_is_metas_code_or_our_word(sent_message):
    refused, late, silent = sent_message(), sent_message("+12025550111"), sent_message("+12025550122")
    receive(status("failed", refused))
    Message.objects.filter(pk=late.pk).update(status=Status.FAILED, failure_code="not_sent_in_time")
    Message.objects.filter(pk=silent.pk).update(status=Status.FAILED)

    told = [facts(message)[-1] for message in (refused, late, silent)]

    assert told == ["failed:131026", "failed:not_sent_in_time", "failed:unknown"]


@pytest.mark.parametrize(
    ("number", "user_id", "country"),
    [("+447400123456", "", "GB"), ("", "MX.13491208655302741918", "MX"), ("+870773111632", "", ""), ("", "", "")],
)
def test_country_is_that_of_the_number_or_of_the_user_id(sent_message, number, user_id, country):
    message = sent_message(to_number=number, to_user_id=user_id)

    assert counted(message).country == country


@pytest.mark.parametrize(("name", "template"), [("hello", "hello"), ("*", ""), (7, ""), ("x" * 600, "x" * 512)])
def test_template_is_counted_by_its_name(sent_message, name, template):
    message = sent_message(kind="template", content={"type": "template", "template": {"name": name}})

    assert counted(message).template == template


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-11-22"), ("Asia/Tokyo", "2026-11-23")])
def test_day_is_that_of_the_project(sent_message, settings, zone, day):
    settings.TIME_ZONE = zone
    message = sent_message()
    Message.objects.filter(pk=message.pk).update(created_at=datetime(2026, 11, 22, 20, tzinfo=UTC))

    assert str(counted(message).day) == day


def test_forgotten_person_stays_counted_where_they_were(sent_message):
    message = sent_message("+5511987654321")
    receive(status("delivered", message, pricing=PRICE))
    before = counted(message)

    Message.objects.filter(pk=message.pk).update(to_number="", content={}, is_forgotten=True)
    after = counted(message)
    MESSAGES.rebuild()

    assert (before.country, after.country, counted(message).country) == ("BR", "BR", "BR")
    assert "billable:marketing/BR" in after.facts
    assert MessageTally.objects.get(told_apart="country").country == "BR"


def test_every_status_has_a_column_of_its_own():
    assert set(Status.values) <= {field.name for field in MessageTally._meta.concrete_fields}


def test_status_without_a_column_is_counted_all_the_same(sent_message):
    message = sent_message()
    Message.objects.filter(pk=message.pk).update(status="cancelled")
    counted(message)

    tally = MessageTally.objects.get(told_apart="")

    assert (tally.total, tally.details) == (1, {"cancelled": 1})
