"""Meta's daily limit of people: exact near its end, cheap far from it, and open about when it goes on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from communications import capacity, daily_limit
from communications.claims import Claims
from communications.errors import DailyLimitReached
from communications.graph.client import Credentials
from communications.models import Channel, Message, Status
from communications.sending import send_due
from communications.whatsapp_service import whatsapp_service

pytestmark = pytest.mark.django_db

NUMBER = "676188225586230"
AS_WHOM = Credentials("token", NUMBER, "v25.0", "http://127.0.0.1:9")
HOUR = timedelta(hours=1)


@pytest.fixture
def limit():
    def tell(tier):
        Channel.objects.update_or_create(pk=NUMBER, defaults={"messaging_limit": tier})
        capacity.forget()
        daily_limit.forget()

    return tell


@pytest.fixture
def written_to(queued):
    """So many people were written to first, some time ago."""

    def write(count, *, ago=HOUR, first=5000, **fields):
        for number in range(count):
            queued(
                f"+1202555{first + number}",
                **{"status": Status.ACCEPTED, "opens_conversation": True, "sending_since": timezone.now() - ago}
                | fields,
            )

    return write


def phones(count):
    return [f"+1202555{1000 + number}" for number in range(count)]


def take(wanted=100):
    return [message.to_number for message in Claims().take(wanted, AS_WHOM).messages]


def wrote(message, ago=HOUR):
    message.contact.last_wrote_at = timezone.now() - ago
    message.contact.save()


@pytest.mark.parametrize(
    ("tier", "left"),
    [("TIER_250", 250), ("TIER_2K", 2000), ("TIER_10K", 10_000), ("TIER_100K", 100_000), ("1000", 1000),
     ("TIER_UNLIMITED", None), ("", None), ("TIER_NOT_SET", None)],
)  # fmt: skip
def test_limit_is_what_meta_last_said(limit, tier, left):
    limit(tier)

    assert daily_limit.limits_left() == left


def test_nothing_known_is_no_limit(queued):
    for phone in phones(3):
        queued(phone)

    assert daily_limit.limits_left() is None
    assert daily_limit.goes_on_at() is None
    assert len(take()) == 3


def test_people_are_counted_and_not_messages(limit, written_to):
    limit("5")
    written_to(2)
    written_to(2)

    assert daily_limit.limits_left() == 3


@pytest.mark.parametrize(
    "fields",
    [{"ago": 25 * HOUR}, {"status": Status.FAILED}, {"status": Status.QUEUED}, {"opens_conversation": False}],
    ids=["yesterday", "failed", "put back", "within the window"],
)
def test_some_are_not_counted(limit, written_to, fields):
    limit("5")
    written_to(2, **fields)

    assert daily_limit.limits_left() == 5


def test_as_many_new_people_as_are_left_and_not_one_more(limit, queued, written_to):
    limit("10")
    written_to(7)
    for phone in phones(6):
        queued(phone)

    assert take() == phones(3)
    assert daily_limit.limits_left() == 0
    assert take() == []
    assert Message.objects.filter(status=Status.QUEUED, due_at=None, attempts=0).count() == 3


def test_people_who_wrote_and_people_who_count_already_go_on(limit, queued, written_to):
    limit("3")
    written_to(3)
    for phone in phones(4):
        queued(phone)
    wrote(queued("+12025550101"))
    queued("+12025555000")

    first, second = take(4), take(4)

    assert sorted([*first, *second]) == ["+12025550101", "+12025555000"]


def test_two_messages_to_one_new_person_count_once(limit, queued):
    limit("1")
    queued("+12025550100")
    queued("+12025550100")
    queued("+12025550101")

    assert take() == ["+12025550100", "+12025550100"]


def test_message_that_failed_makes_room(limit, queued, written_to):
    limit("2")
    written_to(2)
    queued("+12025550100")
    assert take() == []

    Message.objects.filter(to_number="+12025555000").update(status=Status.FAILED)
    daily_limit.forget()

    assert take() == ["+12025550100"]


def test_it_goes_on_when_the_first_persons_day_ends(limit, written_to):
    limit("3")
    written_to(1, first=5000, ago=20 * HOUR)
    # Written to again since: this person's day ends later.
    written_to(1, first=5000, ago=1 * HOUR)
    written_to(2, first=5001, ago=10 * HOUR)

    goes_on_at = daily_limit.goes_on_at()

    assert abs(goes_on_at - (timezone.now() + 14 * HOUR)) < timedelta(minutes=1)


def test_it_goes_on_at_once_while_something_is_left(limit, written_to):
    limit("3")
    written_to(2)

    assert daily_limit.goes_on_at() is None


def test_higher_tier_lets_the_rest_go(limit, queued, written_to):
    limit("2")
    written_to(2)
    queued("+12025550100")
    assert take() == []

    limit("TIER_250")

    assert take() == ["+12025550100"]


def test_count_is_spared_while_the_limit_is_far_away(limit, queued, django_assert_max_num_queries, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 80
    limit("TIER_10K")
    for phone in phones(20):
        queued(phone)
    claims = Claims()
    claims.take(5, AS_WHOM)

    with django_assert_max_num_queries(9):
        claims.take(5, AS_WHOM)


def test_queue_ends_quietly_when_the_limit_is_used_up(limit, queued, sandbox):
    limit("3")
    for phone in phones(8):
        queued(phone)

    assert send_due() == 3
    assert send_due() == 0

    assert len(sandbox.messages()) == 3


def test_message_that_somebody_waits_for_is_refused_with_the_time_at_which_it_goes_on(limit, written_to, sandbox):
    limit("2")
    written_to(2, ago=20 * HOUR)

    with pytest.raises(DailyLimitReached) as caught:
        whatsapp_service.send_text_message("+12025550100", "Hello")

    assert sandbox.messages() == []
    assert 3.9 * 3600 < caught.value.retry_after < 4 * 3600
    assert Message.objects.get(to_number="+12025550100").status == Status.FAILED


def test_message_that_somebody_waits_for_counts_like_any_other(limit, sandbox):
    limit("2")

    whatsapp_service.send_text_message("+12025550100", "Hello")
    whatsapp_service.send_text_message("+12025550100", "Hello again")

    assert daily_limit.limits_left() == 1


def test_person_who_wrote_is_answered_whatever_the_limit(limit, written_to, sandbox, queued):
    limit("2")
    written_to(2)
    known = queued("+12025550100", status=Status.ACCEPTED)
    wrote(known)

    whatsapp_service.send_text_message("+12025550100", "Hello")

    assert len(sandbox.messages()) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_instant_do_not_go_beyond_it_together(limit, queued):
    limit("10")
    for phone in phones(40):
        queued(phone)
    barrier = Barrier(4)

    def work(_number):
        barrier.wait()
        try:
            return take(10)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        taken = [phone for portion in pool.map(work, range(4)) for phone in portion]

    assert len(taken) == len(set(taken)) == 10
