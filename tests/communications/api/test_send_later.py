"""sendAt and expiresAt: a message that waits for its time, and one that is not sent any more."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from communications import consent, due_work
from communications.models import Campaign, Channel, Contact, Message, Status

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ahead(**later):
    return (timezone.now() + timedelta(**later)).isoformat()


def pass_time(**later):
    """Let everything be due sooner, and do what is due then: databases have clocks of their own."""
    by = timedelta(**later)
    Message.objects.update(due_at=F("due_at") - by, expires_at=F("expires_at") - by)
    due_work.run_once()


def texts(sandbox):
    return [message["request"]["text"]["body"] for message in sandbox.messages()]


def test_message_for_later_is_202_and_waits(send, service_api, sandbox, noon):
    answer = send(sendAt="2026-11-24T09:00:00+01:00", expiresAt="2026-11-24T18:00:00Z")

    body = answer.json()
    assert answer.status_code == 202
    message_id = body.pop("id")
    assert body == {"success": True, "message": "WhatsApp message queued", "messageId": None, "status": "queued"}
    assert sandbox.messages() == []
    read = service_api.get(f"/api/messages/{message_id}/").json()
    assert (read["status"], read["timeline"], read["failure"]) == ("queued", [], None)
    assert (read["sendAt"], read["expiresAt"]) == ("2026-11-24T08:00:00Z", "2026-11-24T18:00:00Z")


def test_it_goes_out_at_its_time_and_not_before(send, service_api, sandbox):
    message_id = send(sendAt=ahead(hours=2)).json()["id"]
    pass_time(hours=1)
    assert sandbox.messages() == []

    pass_time(hours=1)

    assert texts(sandbox) == ["Hello from Dott"]
    assert service_api.get(f"/api/messages/{message_id}/").json()["status"] == "accepted"


def test_one_that_waits_holds_up_no_other(send, sandbox):
    send(text="tomorrow", sendAt=ahead(days=1))
    send(text="in an hour", sendAt=ahead(hours=1))

    pass_time(hours=2)

    assert texts(sandbox) == ["in an hour"]


def test_it_is_not_sent_any_more_once_it_has_expired(send, service_api, sandbox):
    message_id = send(sendAt=ahead(hours=1), expiresAt=ahead(hours=2)).json()["id"]

    pass_time(hours=3)

    assert sandbox.messages() == []
    read = service_api.get(f"/api/messages/{message_id}/").json()
    assert (read["status"], read["failure"]["code"]) == ("failed", "not_sent_in_time")


def test_what_could_not_leave_at_its_time_waits_on(send, sandbox):
    send(to="+12025550190", sendAt=ahead(hours=1))

    pass_time(hours=1)

    assert Message.objects.get().status == Status.QUEUED
    assert Channel.objects.get().paused_at


def test_message_for_now_may_have_an_end(send, sandbox, noon):
    answer = send(expiresAt="2026-11-22T12:05:00Z")

    assert answer.status_code == 200
    assert Message.objects.get().expires_at == NOON + timedelta(minutes=5)


@pytest.mark.parametrize(("number", "meta_code"), [("+12025550130", 131030), ("+12025550108", 131000)])
def test_refusal_at_its_time_is_told_by_the_message(send, service_api, sandbox, number, meta_code):
    message_id = send(to=number, sendAt=ahead(hours=1)).json()["id"]

    pass_time(hours=1)

    assert service_api.get(f"/api/messages/{message_id}/").json()["failure"]["metaCode"] == meta_code


def test_person_who_opts_out_meanwhile_gets_nothing(send, service_api, sandbox):
    message_id = send(sendAt=ahead(hours=1)).json()["id"]
    consent.record_opt_out(Contact.objects.get(), source="word", text="STOP")

    pass_time(hours=1)

    assert sandbox.messages() == []
    read = service_api.get(f"/api/messages/{message_id}/").json()
    assert (read["status"], read["failure"]["code"]) == ("failed", "recipient_opted_out")
    assert read["failure"]["error"] == "This person has asked not to receive WhatsApp messages"


def test_message_that_was_cancelled_says_so(send, service_api, sandbox):
    message_id = send(sendAt=ahead(hours=1)).json()["id"]
    Message.objects.update(campaign=Campaign.objects.create(state=Campaign.State.CANCELLED))

    due_work.run_once()

    read = service_api.get(f"/api/messages/{message_id}/").json()
    assert (read["status"], read["failure"]["code"]) == ("failed", "cancelled")


def test_every_kind_can_wait(send, sandbox):
    later = {"sendAt": ahead(hours=1)}
    send("image", link="https://93.184.215.14/map.png", replyTo="wamid.theirs", **later)
    send("template", template="payment_confirmation", fields={"amount": "$5", "reference": "R-9"}, **later)
    send("buttons", body="?", buttons=[{"id": "1", "title": "Yes"}], **later)

    pass_time(hours=1)

    sent = {message["type"]: message["request"] for message in sandbox.messages()}
    assert set(sent) == {"image", "template", "interactive"}
    assert sent["image"]["context"] == {"message_id": "wamid.theirs"}


# What a time may be


@pytest.fixture
def noon(monkeypatch):
    """It is noon, and stays so."""
    monkeypatch.setattr(timezone, "now", lambda: NOON)


def from_noon(**later):
    return (NOON + timedelta(**later)).isoformat()


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("times", "wrong", "said"),
    [
        ({"sendAt": from_noon()}, "sendAt", "past"),
        ({"sendAt": from_noon(seconds=-1)}, "sendAt", "past"),
        ({"sendAt": from_noon(days=30, seconds=1)}, "sendAt", "30 days"),
        ({"expiresAt": from_noon()}, "expiresAt", "never go out"),
        ({"expiresAt": from_noon(days=-1)}, "expiresAt", "never go out"),
        ({"expiresAt": from_noon(days=30, seconds=1)}, "expiresAt", "30 days"),
        ({"sendAt": from_noon(hours=2), "expiresAt": from_noon(hours=2)}, "expiresAt", "never go out"),
        ({"sendAt": from_noon(hours=2), "expiresAt": from_noon(hours=1)}, "expiresAt", "never go out"),
        ({"sendAt": from_noon(hours=2), "expiresAt": from_noon(days=30, hours=2, seconds=1)}, "expiresAt", "30 days"),
        ({"sendAt": from_noon(days=-1), "expiresAt": from_noon(hours=1)}, "sendAt", "past"),
    ],
)
def test_time_that_cannot_be_is_400_and_nothing_is_written(send, sandbox, times, wrong, said):
    answer = send(**times)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert list(answer.json()["fields"]) == [wrong]
    assert said in answer.json()["detail"]
    assert not Message.objects.exists()


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    "times",
    [
        {"sendAt": from_noon(seconds=1)},
        {"sendAt": from_noon(days=30)},
        {"sendAt": from_noon(days=30), "expiresAt": from_noon(days=60)},
        {"sendAt": from_noon(hours=1), "expiresAt": from_noon(hours=1, seconds=1)},
    ],
)
def test_time_at_the_limit_is_taken(send, sandbox, times):
    assert send(**times).status_code == 202


@pytest.mark.parametrize("name", ["sendAt", "expiresAt"])
@pytest.mark.parametrize(
    "value",
    [
        "tomorrow",
        "2026-11-24T09:00:00",
        "2026-11-24",
        "",
        1795600000,
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00+09:00",
    ],
)
def test_what_is_no_moment_is_told_how_to_write_one(send, sandbox, name, value):
    answer = send(**{name: value})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [name]
