"""What Meta says of our number when it is asked once an hour."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from communications import channel, channel_facts
from communications.models import Channel
from sandbox import events
from tests.communications.webhooks.posts import receive_change
from tests.local_server import LocalServer
from tests.wire import answer

pytestmark = pytest.mark.django_db

NUMBER = "676188225586230"


def the_channel():
    return Channel.objects.get(pk=NUMBER)


def test_facts_of_the_number_are_kept(sandbox):
    sandbox.set_account(quality_rating="YELLOW", throughput="HIGH", messaging_limit="TIER_10K")

    assert channel_facts.refresh() == 1

    row = the_channel()
    assert (row.quality_rating, row.throughput, row.messaging_limit) == ("YELLOW", "HIGH", "TIER_10K")
    assert row.display_number == "15551905954"
    assert timezone.now() - row.facts_at < timedelta(minutes=1)


def test_due_work_asks_once_an_hour(sandbox):
    call_command("run_due_work", stdout=StringIO())
    sandbox.set_account(quality_rating="RED")
    call_command("run_due_work", stdout=StringIO())
    assert the_channel().quality_rating == "GREEN"
    Channel.objects.update(asked_at=timezone.now() - timedelta(minutes=61))

    call_command("run_due_work", stdout=StringIO())

    assert the_channel().quality_rating == "RED"


@pytest.mark.parametrize("why", ["not configured", "paused"])
def test_meta_is_not_asked_while_nothing_can_be_sent(sandbox, settings, why):
    if why == "paused":
        channel.pause(NUMBER, "sandbox-token", meta_code=190)
    else:
        settings.WHATSAPP_ACCESS_TOKEN = ""

    assert channel_facts.refresh() == 0
    assert not Channel.objects.filter(asked_at__isnull=False).exists()


def test_refusal_is_one_line_and_changes_nothing(sandbox, caplog):
    Channel.objects.create(phone_number_id=NUMBER, quality_rating="GREEN")
    sandbox.set_account(token_valid=False)

    assert channel_facts.refresh() == 0

    assert the_channel().quality_rating == "GREEN"
    assert the_channel().facts_at is None
    [record] = [record for record in caplog.records if record.name == "communications.channel_facts"]
    assert "Meta's code 190" in record.getMessage()


@pytest.mark.parametrize(
    "body", [b"{}", b'{"throughput": [], "quality_rating": {"x": 1}, "display_phone_number": null}']
)
def test_what_meta_does_not_say_stays(sandbox, settings, body):
    Channel.objects.create(phone_number_id=NUMBER, quality_rating="GREEN", throughput="HIGH", display_number="1")
    with LocalServer(answer(200, body)) as server:
        settings.WHATSAPP_GRAPH_API_URL = server.url
        channel_facts.refresh()

    row = the_channel()
    assert (row.quality_rating, row.throughput, row.display_number) == ("GREEN", "HIGH", "1")


def test_older_event_says_nothing_new_and_a_newer_one_does(sandbox):
    """Each event makes the channel be worked out from all of them, however old."""
    now = int(timezone.now().timestamp())
    receive_change(
        "phone_number_quality_update", time=now - 7200, **events.phone_number_quality_update(limit="TIER_1K")
    )
    sandbox.set_account(messaging_limit="TIER_10K")
    channel_facts.refresh()

    receive_change("account_update", time=now - 3600, event="ACCOUNT_VIOLATION")
    assert the_channel().messaging_limit == "TIER_10K"

    receive_change(
        "phone_number_quality_update", time=now + 60, **events.phone_number_quality_update(limit="TIER_100K")
    )
    assert the_channel().messaging_limit == "TIER_100K"
