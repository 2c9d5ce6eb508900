"""What is taken from the queue, in which order, and what is not."""

from collections import Counter
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communications import claims as claims_module
from communications import consent, delivery
from communications.claims import Claims
from communications.graph.client import Credentials
from communications.models import Campaign, Message, MessageTemplate, Status

pytestmark = pytest.mark.django_db

AS_WHOM = Credentials("token", "676188225586230", "v25.0", "http://127.0.0.1:9")
MINUTE = timedelta(minutes=1)


def take(wanted=100, claims=None):
    return (claims or Claims()).take(wanted, AS_WHOM).messages


def numbers(messages):
    return [message.to_number for message in messages]


def phones(first, count):
    return [f"+1202555{number:04}" for number in range(first, first + count)]


def running(name):
    return Campaign.objects.create(name=name, state=Campaign.State.RUNNING)


def test_what_is_taken_is_marked_by_the_clock_of_the_database(queued):
    queued()

    [taken] = take()

    message = Message.objects.get()
    assert (message.status, message.sending_since, message.was_queued) == (Status.SENDING, taken.since, True)
    assert abs(taken.since - timezone.now()) < MINUTE


def test_nothing_is_taken_twice_and_no_more_than_asked(queued):
    for phone in phones(1000, 5):
        queued(phone)
    claims = Claims()

    portions = [numbers(take(2, claims)) for _ in range(4)]

    assert portions == [phones(1000, 2), phones(1002, 2), phones(1004, 1), []]


def test_what_is_due_later_waits(queued):
    queued(due_at=timezone.now() + MINUTE)
    queued("+12025550101", due_at=timezone.now() - MINUTE)

    assert numbers(take()) == ["+12025550101"]


def test_what_is_too_late_is_not_taken(queued):
    queued(expires_at=timezone.now() - MINUTE)
    queued("+12025550101", expires_at=timezone.now() + MINUTE)

    assert numbers(take()) == ["+12025550101"]


def test_single_messages_overtake_campaigns(queued, campaign):
    for phone in phones(1000, 10):
        queued(phone, campaign=campaign)
    queued("+12025550100")

    assert numbers(take(3)) == ["+12025550100", *phones(1000, 2)]


def test_running_campaigns_share_each_portion_equally(queued):
    first, second, third = running("first"), running("second"), running("third")
    for start, each in ((1000, first), (2000, second), (3000, third)):
        for phone in phones(start, 50):
            queued(phone, campaign=each)

    taken = take(30)

    assert Counter(message.campaign_id for message in taken) == {first.pk: 10, second.pk: 10, third.pk: 10}


def test_share_that_a_campaign_does_not_need_goes_to_the_others(queued):
    small, large = running("small"), running("large")
    queued("+12025550100", campaign=small)
    for phone in phones(1000, 50):
        queued(phone, campaign=large)

    taken = take(20)

    assert Counter(message.campaign_id for message in taken) == {small.pk: 1, large.pk: 19}


def test_campaigns_have_their_turn_one_after_another_where_a_portion_is_too_small_for_all(queued):
    campaigns = [running(str(number)) for number in range(5)]
    for number, each in enumerate(campaigns):
        for phone in phones(1000 + 100 * number, 10):
            queued(phone, campaign=each)
    claims = Claims()

    taken = [message.campaign_id for _ in range(10) for message in take(1, claims)]

    assert Counter(taken) == {each.pk: 2 for each in campaigns}


@pytest.mark.parametrize("state", sorted(set(Campaign.State.values) - {"running"}))
def test_only_running_campaigns_are_taken_from(queued, campaign, state):
    queued(campaign=campaign)
    Campaign.objects.update(state=state)

    assert take() == []


def test_campaign_that_was_empty_is_asked_again_after_a_moment(queued, campaign, monkeypatch):
    claims = Claims()
    queued(campaign=campaign, due_at=timezone.now() + MINUTE)
    assert take(10, claims) == []

    Message.objects.update(due_at=None)

    assert take(10, claims) == []
    monkeypatch.setattr(claims_module.time, "monotonic", lambda: 1e12)
    assert len(take(10, claims)) == 1


def test_person_who_opted_out_in_the_meantime_gets_nothing(queued):
    message = queued()
    queued("+12025550101")
    consent.record_opt_out(message.contact, source="operator")

    portion = Claims().take(10, AS_WHOM)

    message.refresh_from_db()
    assert numbers(portion.messages) == ["+12025550101"]
    assert portion.given_up == 1
    assert (message.status, message.failure_code) == (Status.FAILED, "recipient_opted_out")
    assert [step.status for step in message.timeline] == [Status.FAILED]


def test_person_who_stopped_our_marketing_gets_the_rest(queued):
    marketing, other = queued(is_marketing=True), queued()
    consent.record([consent.refused_marketing(marketing)])

    assert [message.pk for message in take()] == [other.pk]

    marketing.refresh_from_db()
    assert marketing.failure_code == "recipient_opted_out"


def test_confirmation_of_an_opt_out_goes_to_whoever_opted_out(queued):
    message = queued(confirms_opt_out=True)
    consent.record_opt_out(message.contact, source="operator")

    assert [taken.pk for taken in take()] == [message.pk]


def carrying(language):
    return {"type": "template", "template": {"name": "hello", "language": {"code": language}}}


@pytest.mark.parametrize("status", ["PAUSED", "PENDING", "IN_APPEAL"])
def test_template_that_waits_for_meta_holds_its_messages_and_no_others(queued, status):
    template = MessageTemplate.objects.create(name="hello", language="en_US", status=status)
    held = queued(kind="template", content=carrying("en_US"))
    spanish = queued("+12025550101", kind="template", content=carrying("es"))
    text = queued("+12025550102")

    first = take()
    template.status = "APPROVED"
    template.save()
    then = take()

    assert {message.pk for message in first} == {spanish.pk, text.pk}
    assert [(message.pk, message.attempts) for message in then] == [(held.pk, 0)]


@pytest.mark.parametrize("status", ["DISABLED", "REJECTED", "ARCHIVED", "DELETED"])
def test_template_that_does_not_come_back_by_itself_holds_campaigns_and_no_single_message(queued, status):
    template = MessageTemplate.objects.create(name="hello", language="en_US", status=status)
    held = queued(campaign=running("list"), kind="template", content=carrying("en_US"))
    text = queued("+12025550101", campaign=running("texts"))
    single = queued("+12025550102", kind="template", content=carrying("en_US"))

    first = take()
    template.status = "UNARCHIVED"
    template.save()
    then = take()

    assert {message.pk for message in first} == {text.pk, single.pk}
    assert [message.pk for message in then] == [held.pk]


def test_held_messages_of_one_campaign_cost_the_others_nothing(queued):
    MessageTemplate.objects.create(name="hello", language="en_US", status="PAUSED")
    held, free = running("held"), running("free")
    for phone in phones(1000, 20):
        queued(phone, campaign=held, kind="template", content=carrying("en_US"))
    for phone in phones(2000, 20):
        queued(phone, campaign=free)

    assert len(take(20)) == 20


def test_window_that_is_closed_is_noted_for_metas_daily_limit(queued):
    stranger, friend, silent = queued(), queued("+12025550101"), queued("+12025550102")
    friend.contact.last_wrote_at = timezone.now() - timedelta(hours=1)
    friend.contact.save()
    silent.contact.last_wrote_at = timezone.now() - timedelta(hours=25)
    silent.contact.save()

    take()

    opening = set(Message.objects.filter(opens_conversation=True).values_list("pk", flat=True))
    assert opening == {stranger.pk, silent.pk}


def test_number_of_queries_does_not_grow_with_the_portion(queued, campaign, django_assert_max_num_queries):
    for phone in phones(1000, 60):
        queued(phone, campaign=campaign)
    with django_assert_max_num_queries(12):
        assert len(take(50)) == 50


# A process that dies


def test_claim_of_a_dead_process_becomes_unconfirmed_after_the_lease_and_not_before(queued):
    queued()
    take()
    assert delivery.settle_abandoned() == 0

    Message.objects.update(sending_since=timezone.now() - delivery.ABANDONED_AFTER - MINUTE)

    assert delivery.settle_abandoned() == 1
    assert Message.objects.get().status == Status.UNCONFIRMED
    assert take() == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_another_process_holds_is_left_out_without_waiting(queued):
    held, free = queued(), queued("+12025550101")
    taken = []

    def other_process():
        taken.extend(take())
        connections.close_all()

    with transaction.atomic():
        list(Message.objects.select_for_update().filter(pk=held.pk))
        thread = Thread(target=other_process)
        thread.start()
        thread.join(10)

    assert [message.pk for message in taken] == [free.pk]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_queue_is_walked_along_its_index_without_sorting(queued, campaign):
    for phone in phones(1000, 40):
        queued(phone, campaign=campaign, due_at=timezone.now() if phone.endswith("0") else None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE communications_message")
    with CaptureQueriesContext(connection) as captured:
        take(30)

    walks = [query["sql"] for query in captured if "SKIP LOCKED" in query["sql"]]
    with connection.cursor() as cursor:
        # So few rows are quicker sorted: what is asked is whether they have to be.
        plain = ("enable_seqscan", "enable_bitmapscan", "enable_sort")
        for setting in plain:
            cursor.execute(f"SET {setting} = off")
        plans = []
        for sql in walks:
            cursor.execute("EXPLAIN " + sql)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        for setting in plain:
            cursor.execute(f"RESET {setting}")

    assert len(plans) == 4
    assert [plan for plan in plans if "message_queue" not in plan or "Sort" in plan] == []
