"""Meta takes messages and then fails each of them for what it has against the whole channel."""

from datetime import UTC, datetime, timedelta

import pytest

from communications import channel
from communications.models import Channel, Status
from communications.sending import send_due
from tests.communications.webhooks.posts import NUMBER, STEPS, receive, status

pytestmark = pytest.mark.django_db

FAILED_AT = datetime.fromtimestamp(STEPS["failed"], UTC)


@pytest.fixture(autouse=True)
def _sandbox(sandbox):
    """Somewhere to send to."""


def fail(message, code, **changes):
    receive(status("failed", message, errors=[{"code": code}], **changes))


def is_paused():
    return Channel.objects.filter(paused_at__isnull=False).exists()


@pytest.mark.parametrize("code", [131042, 131031, 190])
def test_failure_of_the_whole_channel_pauses_it_and_the_queue_waits(sent_message, queued, code):
    queued("+12025550101")

    fail(sent_message(status=Status.ACCEPTED), code)

    assert Channel.objects.get().paused_by_code == code
    assert send_due() == 0


@pytest.mark.parametrize("code", [131026, 131049, 131048, 999_999])
def test_failure_of_one_message_pauses_nothing(sent_message, code):
    fail(sent_message(status=Status.ACCEPTED), code)

    assert not is_paused()


def test_failure_from_before_somebody_resumed_pauses_nothing(sent_message):
    message = sent_message(status=Status.ACCEPTED)
    Channel.objects.create(pk=NUMBER, resumed_at=FAILED_AT + timedelta(seconds=1))

    fail(message, 131042)

    assert not is_paused()


def test_failure_after_somebody_resumed_pauses_again(sent_message):
    message = sent_message(status=Status.ACCEPTED)
    channel.pause(NUMBER, "sandbox-token", meta_code=131042)
    channel.resume(NUMBER)
    later = int(datetime.now(UTC).timestamp()) + 60

    fail(message, 131042, timestamp=str(later))

    assert is_paused()


def test_many_failures_pause_once_and_keep_a_pause_of_somebody(sent_message):
    messages = [sent_message(f"+1202555010{number}", status=Status.ACCEPTED) for number in range(3)]
    channel.pause_by_person(NUMBER, "ada")

    receive(*(status("failed", each, f"wamid.{each.pk}", errors=[{"code": 131042}]) for each in messages))

    assert (Channel.objects.get().paused_by, Channel.objects.get().paused_by_code) == ("ada", None)


def test_number_of_the_sandbox_does_it(queued, hand_over_webhooks):
    queued("+12025550143")

    assert send_due() == 1
    hand_over_webhooks()

    assert Channel.objects.get().paused_by_code == 131042
