"""The queue worked off: what is sent, in what order it stops, and what is kept when something breaks."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from communications import channel, rate_limits, results, sending, templates, wire
from communications.claims import Claims
from communications.models import Campaign, Channel, Message, MessageTemplate, Status
from communications.sending import send_due
from tests.local_server import LocalServer, answered
from tests.wire import closed_port, hang_up, never

NUMBER = "676188225586230"
SECONDS = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _quick(settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 1000


def phones(count):
    return [f"+1202555{number:04}" for number in range(1000, 1000 + count)]


def statuses():
    return list(Message.objects.order_by("created_at").values_list("status", flat=True))


@pytest.mark.django_db
def test_everything_that_is_due_is_sent_once_and_recorded(sandbox, queued):
    for phone in phones(30):
        queued(phone)

    left = send_due()

    assert left == 30
    assert sorted(message["to"] for message in sandbox.messages()) == phones(30)
    assert {(message.status, message.wamid is not None) for message in Message.objects.all()} == {("accepted", True)}
    assert [step.status for step in Message.objects.first().timeline] == [Status.ACCEPTED]


@pytest.mark.django_db
def test_what_leaves_carries_our_id_the_content_and_the_message_it_answers(sandbox, queued):
    message = queued(reply_to="wamid.of-theirs")

    send_due()

    request = sandbox.messages()[0]["request"]
    assert request["biz_opaque_callback_data"] == str(message.pk)
    assert request["text"] == {"body": "Hello"}
    assert request["context"] == {"message_id": "wamid.of-theirs"}


@pytest.mark.django_db
def test_person_who_hides_their_number_is_written_to_by_user_id(meta_refuses, queued):
    meta = meta_refuses(131026)
    queued(to_number="", to_user_id="US.123456")

    send_due()

    body = json.loads(meta.requests[0].body)
    assert (body["recipient"], "to" in body) == ("US.123456", False)


@pytest.mark.django_db
def test_empty_queue_is_left_at_once(sandbox):
    assert send_due() == 0


@pytest.mark.django_db
def test_held_by_meta_is_recorded_as_such(sandbox, queued):
    queued("+12025550109")

    send_due()

    assert statuses() == [Status.HELD]


@pytest.mark.django_db
def test_nothing_is_taken_while_the_service_is_not_configured(sandbox, queued, settings):
    settings.WHATSAPP_ACCESS_TOKEN = ""
    queued()

    assert send_due() == 0
    assert statuses() == [Status.QUEUED]


@pytest.mark.django_db
def test_nothing_is_taken_while_the_channel_is_paused_and_everything_after_a_renewed_token(sandbox, queued, settings):
    queued()
    settings.WHATSAPP_ACCESS_TOKEN = "old"
    channel.pause(NUMBER, "old", meta_code=190)
    assert send_due() == 0
    assert statuses() == [Status.QUEUED]

    settings.WHATSAPP_ACCESS_TOKEN = "sandbox-token"

    assert send_due() == 1


@pytest.mark.django_db
def test_nothing_is_taken_while_a_person_has_paused_the_channel_and_everything_once_they_resume(sandbox, queued):
    queued()
    channel.pause_by_person(NUMBER, "ada")
    assert send_due() == 0
    assert statuses() == [Status.QUEUED]

    channel.resume(NUMBER)

    assert send_due() == 1


@pytest.mark.django_db
def test_refused_channel_is_paused_and_the_queue_waits_unharmed(sandbox, queued, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 2
    queued("+12025550142")
    for phone in phones(5):
        queued(phone)

    assert send_due() == 0

    assert Channel.objects.get().paused_by_code == 131042
    assert set(Message.objects.values_list("status", "attempts", "due_at", "failure_code")) == {("queued", 0, None, "")}
    assert sandbox.messages() == []


@pytest.mark.django_db
def test_pause_by_another_process_is_noticed_on_the_way(sandbox, queued, settings, monkeypatch):
    monkeypatch.setattr(sending, "LOOK_AT_CHANNEL", 0)
    settings.WHATSAPP_MESSAGES_PER_SECOND = 10
    for phone in phones(30):
        queued(phone)
    original = results.record

    def record_and_pause(*args):
        Channel.objects.update_or_create(pk=NUMBER, defaults={"paused_at": timezone.now(), "paused_by_event": "BAN"})
        return original(*args)

    monkeypatch.setattr(results, "record", record_and_pause)

    left = send_due()

    assert 0 < left < 10
    assert statuses().count(Status.QUEUED) == 30 - left


@pytest.mark.django_db
def test_stop_puts_back_what_was_not_written_and_waits_for_what_was(queued, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND, settings.WHATSAPP_ACCESS_TOKEN = 20, "token"
    stop = threading.Event()

    def stop_at_the_third(_connection, request):
        if len(meta.requests) == 3:
            stop.set()
            time.sleep(0.3)
        wamid = json.loads(request.body)["biz_opaque_callback_data"]
        return answered(json.dumps({"messages": [{"id": f"wamid.{wamid}"}]}).encode())

    for phone in phones(20):
        queued(phone)
    with LocalServer(stop_at_the_third) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        left = send_due(stop=stop)

    assert 3 <= left < 20
    assert statuses().count(Status.ACCEPTED) == left == len(meta.requests)
    assert statuses().count(Status.QUEUED) == 20 - left
    assert set(Message.objects.filter(status=Status.QUEUED).values_list("attempts", "due_at", "sending_since")) == {
        (0, None, None)
    }


@pytest.mark.django_db
def test_time_that_is_over_ends_it_like_a_stop(sandbox, queued, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 20
    for phone in phones(20):
        queued(phone)

    left = send_due(seconds=0.4)

    assert left < 20
    assert statuses().count(Status.ACCEPTED) == left
    assert statuses().count(Status.QUEUED) == 20 - left
    assert send_due() == 20 - left


@pytest.mark.django_db
def test_pace_of_the_number_is_kept(sandbox, queued, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 20
    for phone in phones(30):
        queued(phone)
    began = time.monotonic()

    send_due()

    # Twenty-nine distances of a twentieth of a second; a slow machine may take longer.
    assert time.monotonic() - began > 29 / 20
    assert len(sandbox.messages()) == 30


@pytest.mark.django_db
def test_limit_of_metas_slows_down_and_everybody_is_reached_in_the_end(sandbox, queued, monkeypatch):
    monkeypatch.setattr("communications.retries.FIRST_PAUSE", 0.01)
    sandbox.configure(messages_per_second=40)
    for phone in phones(60):
        queued(phone)

    deadline = time.monotonic() + 20
    while Message.objects.filter(status=Status.QUEUED).exists() and time.monotonic() < deadline:
        send_due(seconds=1)

    assert {refusal["code"] for refusal in sandbox.refusals()} == {130429}
    assert statuses() == [Status.ACCEPTED] * 60
    assert len(sandbox.messages()) == 60
    assert rate_limits.take(NUMBER, 1).rate < 1000


@pytest.mark.django_db
def test_person_who_got_a_burst_waits_and_the_others_go_on(sandbox, queued):
    for _ in range(50):
        queued("+12025550100")
    queued("+12025551001")

    left = send_due()

    # Forty-four at once, and the other person; on a slow machine, a few more.
    assert 45 <= left < 51
    assert Message.objects.get(to_number="+12025551001").status == Status.ACCEPTED
    waiting = Message.objects.filter(status=Status.QUEUED)
    assert set(waiting.values_list("to_number", "attempts")) == {("+12025550100", 0)}
    assert all(message.due_at for message in waiting)
    assert sandbox.refusals() == []


@pytest.mark.django_db
def test_person_of_whom_meta_says_too_many_waits_and_the_others_go_on(sandbox, queued):
    queued("+12025550156")
    queued("+12025550156")
    queued("+12025551001")

    assert send_due() == 1

    waiting = list(Message.objects.filter(status=Status.QUEUED))
    assert {message.to_number for message in waiting} == {"+12025550156"}
    assert sum(message.attempts for message in waiting) >= 1
    assert len(sandbox.messages()) == 1


@pytest.mark.django_db
def test_messages_that_could_not_reach_meta_wait_and_the_queue_is_not_burned_through(queued, settings, monkeypatch):
    monkeypatch.setattr("communications.reactions.FIRST_HOLD", 60)
    settings.WHATSAPP_ACCESS_TOKEN = "token"
    settings.WHATSAPP_GRAPH_API_URL = f"http://127.0.0.1:{closed_port()}"
    settings.WHATSAPP_MESSAGES_PER_SECOND = 80
    for phone in phones(100):
        queued(phone)

    left = send_due(seconds=1)

    tried = Message.objects.filter(attempts=1)
    assert left == 0
    assert statuses() == [Status.QUEUED] * 100
    assert 1 <= tried.count() <= 40
    assert all(message.due_at for message in tried)


@pytest.mark.django_db
def test_meta_that_is_back_is_found_out_by_one_message_and_then_all_go(sandbox, queued, settings, monkeypatch):
    monkeypatch.setattr("communications.reactions.FIRST_HOLD", 0.2)
    monkeypatch.setattr("communications.retries.FIRST_PAUSE", 0.01)
    settings.WHATSAPP_GRAPH_API_URL = f"http://127.0.0.1:{closed_port()}"
    for phone in phones(40):
        queued(phone)
    send_due(seconds=0.3)

    settings.WHATSAPP_GRAPH_API_URL = sandbox.url
    deadline = time.monotonic() + 20
    while Message.objects.filter(status=Status.QUEUED).exists() and time.monotonic() < deadline:
        send_due(seconds=1)

    assert statuses() == [Status.ACCEPTED] * 40
    assert len(sandbox.messages()) == 40


@pytest.mark.django_db
@pytest.mark.parametrize("behave", [hang_up, lambda *_: answered(b"{}"), lambda *_: answered(b"", status="502 Bad")])
def test_what_may_have_been_sent_is_unconfirmed_and_never_sent_again(queued, settings, behave):
    settings.WHATSAPP_ACCESS_TOKEN = "token"
    queued()

    with LocalServer(behave) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        first, second = send_due(), send_due()

    assert (first, second) == (1, 0)
    assert len(meta.requests) == 1
    message = Message.objects.get()
    assert (message.status, message.failure_code) == (Status.UNCONFIRMED, "delivery_unconfirmed")


@pytest.mark.django_db
def test_queue_is_not_burned_through_while_meta_answers_with_nothing_that_says_anything(queued, settings, monkeypatch):
    monkeypatch.setattr("communications.reactions.FIRST_HOLD", 60)
    settings.WHATSAPP_ACCESS_TOKEN, settings.WHATSAPP_MESSAGES_PER_SECOND = "token", 80
    for phone in phones(100):
        queued(phone)

    with LocalServer(lambda *_: answered(b"", status="500 Down")) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        left = send_due(seconds=2)

    assert 10 <= left <= 50
    assert statuses().count(Status.UNCONFIRMED) == left
    assert statuses().count(Status.QUEUED) == 100 - left


@pytest.mark.django_db
def test_single_answers_that_are_lost_slow_nobody_down(sandbox, queued):
    sandbox.configure(cut_after_accept=0.3)
    try:
        for phone in phones(60):
            queued(phone)

        assert send_due() == 60
    finally:
        sandbox.configure(cut_after_accept=0.0)

    assert len(sandbox.messages()) == 60
    assert set(statuses()) == {Status.ACCEPTED, Status.UNCONFIRMED}


@pytest.mark.django_db
def test_silence_is_waited_for_and_is_unconfirmed(queued, settings, monkeypatch):
    monkeypatch.setattr("communications.graph.bulk_client.READ_TIMEOUT", 0.2)
    monkeypatch.setattr("communications.graph.bulk_client.CONNECT_TIMEOUT", 0.2)
    settings.WHATSAPP_ACCESS_TOKEN = "token"
    queued()

    with LocalServer(never) as meta:
        settings.WHATSAPP_GRAPH_API_URL = meta.url
        send_due(seconds=0.1)

    assert statuses() == [Status.UNCONFIRMED]


@pytest.mark.django_db
def test_error_of_ours_in_one_message_is_unconfirmed_and_harms_no_other(sandbox, queued, monkeypatch, caplog):
    broken, whole = queued("+12025551000"), queued("+12025551001")
    original = wire.read_send_answer

    def read(answer):
        accepted = original(answer)
        if "12025551000" in accepted.wa_id:
            raise ZeroDivisionError
        return accepted

    monkeypatch.setattr(wire, "read_send_answer", read)

    assert send_due() == 2

    broken.refresh_from_db(), whole.refresh_from_db()
    assert (broken.status, whole.status) == (Status.UNCONFIRMED, Status.ACCEPTED)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db
def test_template_that_meta_has_paused_holds_its_messages_and_releases_them(meta_refuses, queued, sandbox, settings):
    content = {"type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}}
    held = queued(kind="template", content=content)
    meta_refuses(132015)

    assert send_due() == 0

    held.refresh_from_db()
    assert (held.status, held.attempts) == (Status.QUEUED, 0)
    assert held.due_at > timezone.now() + 50 * SECONDS
    assert MessageTemplate.objects.get().status == templates.PAUSED
    # Meta lifts the pause; what is due again is sent.
    MessageTemplate.objects.update(status="APPROVED")
    Message.objects.update(due_at=timezone.now())
    settings.WHATSAPP_ACCESS_TOKEN, settings.WHATSAPP_GRAPH_API_URL = "sandbox-token", sandbox.url
    assert send_due() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("code", [131048, 131064])
def test_campaign_that_meta_stops_keeps_the_rest_of_its_messages(meta_refuses, queued, campaign, settings, code):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 10
    meta_refuses(code)
    for phone in phones(20):
        queued(phone, campaign=campaign)

    left = send_due()

    campaign.refresh_from_db()
    assert (campaign.state, campaign.stopped_by_code) == (Campaign.State.STOPPED, code)
    assert 1 <= left < 10
    assert statuses().count(Status.FAILED) == left
    assert statuses().count(Status.QUEUED) == 20 - left


@pytest.mark.django_db
def test_campaign_is_finished_once_everything_has_left(sandbox, queued, campaign):
    for phone in phones(5):
        queued(phone, campaign=campaign)

    send_due()
    send_due()

    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.FINISHED


@pytest.mark.django_db
def test_retry_after_holds_everybody(meta_refuses, queued, settings):
    settings.WHATSAPP_MESSAGES_PER_SECOND = 10
    meta = meta_refuses(130429, headers=("Retry-After: 30",))
    for phone in phones(20):
        queued(phone)

    send_due(seconds=1)

    assert 1 <= len(meta.requests) < 8
    assert rate_limits.take_one(NUMBER, within=5) is None
    assert Message.objects.filter(attempts=1, due_at__gt=timezone.now() + 25 * SECONDS).count() == len(meta.requests)


# What breaks on our side


@pytest.mark.django_db
def test_results_are_kept_for_a_database_that_comes_back(sandbox, queued, monkeypatch):
    monkeypatch.setattr(sending, "RECORD_AGAIN", 0.05)
    for phone in phones(10):
        queued(phone)
    original, failures = results.record, iter([True, True, True])

    def fail_at_first(*args):
        if next(failures, False):
            raise OperationalError("the database is restarting")
        return original(*args)

    monkeypatch.setattr(results, "record", fail_at_first)

    with pytest.raises(OperationalError):
        send_due()

    assert statuses() == [Status.ACCEPTED] * 10
    assert len(sandbox.messages()) == 10


@pytest.mark.django_db
def test_results_that_can_never_be_recorded_are_named_and_nothing_is_sent_again(sandbox, queued, monkeypatch, caplog):
    monkeypatch.setattr(sending, "RECORD_AGAIN", 0.01)
    monkeypatch.setattr(sending, "PATIENCE", 0.1)
    message = queued()

    def fail(*_args):
        raise OperationalError("the database is gone")

    with monkeypatch.context() as patched:
        patched.setattr(results, "record", fail)
        with pytest.raises(OperationalError):
            send_due()

    assert str(message.pk) in caplog.text
    assert statuses() == [Status.SENDING]
    assert send_due() == 0


@pytest.mark.django_db
def test_claim_whose_commit_was_answered_with_silence_is_put_back(sandbox, queued, monkeypatch):
    for phone in phones(3):
        queued(phone)
    original = Claims.take

    def committed_without_an_answer(*args):
        original(*args)
        raise OperationalError("the connection broke")

    with monkeypatch.context() as patched:
        patched.setattr(Claims, "take", committed_without_an_answer)
        with pytest.raises(OperationalError):
            send_due()

    assert statuses() == [Status.QUEUED] * 3
    assert send_due() == 3
    assert len(sandbox.messages()) == 3


@pytest.mark.django_db
def test_process_that_was_stopped_for_long_writes_nothing_of_what_it_took_before(sandbox, queued, monkeypatch):
    monkeypatch.setattr("communications.wire.TOO_LATE", -1.0)
    queued()

    assert send_due(seconds=0.5) == 0

    assert sandbox.messages() == []
    assert statuses() == [Status.QUEUED]


# Several at once


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_send_every_message_once(sandbox, queued, campaign):
    sandbox.configure(latency_ms=20)
    for phone in phones(150):
        queued(phone, campaign=campaign)
    barrier = Barrier(3)

    def work(_number):
        barrier.wait()
        try:
            return send_due()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        left = list(pool.map(work, range(3)))

    assert sum(left) == 150
    assert sorted(message["to"] for message in sandbox.messages()) == phones(150)
    assert statuses() == [Status.ACCEPTED] * 150
