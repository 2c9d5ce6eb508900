"""The flood: what it sends, how it answers to answers, and what it reports."""

import io
import json
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from sandbox import flood
from sandbox.flood import FloodOptions, FloodReport
from sandbox.flood_updates import Body, Key, Mix, Told, bodies, read_messages
from sandbox.http_flood import read_answer
from sandbox.messages import new_wamid
from sandbox.options import SandboxOptions
from sandbox.people import person_with_phone
from tests.sandbox.receiver import WebhookReceiver

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "sandbox.md"
PERSON = person_with_phone("+13855007716")
TOLD = Told("our-id", new_wamid(PERSON), PERSON.phone)
STATUSES_ALONE = {"inbound": 0.0, "double": 0.0, "late": 0.0, "reverse": 0.0, "hide_numbers": 0.0, "events": 0.0}


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver(protocol="HTTP/1.1") as running:
        yield running


def flooded(receiver: WebhookReceiver, **more: Any) -> FloodReport:
    given = {"url": receiver.url, "rate": 500, "seconds": 0.2, "connections": 4, "retry_ms": 10, "settle": 5, **more}
    return flood.run(FloodOptions(**given))


def planned(messages: list[Told], posts: int, **more: Any) -> list[Body]:
    return list(bodies(messages, Mix(posts=posts, **{**STATUSES_ALONE, **more}), SandboxOptions()))


def change_of(body: bytes) -> dict[str, Any]:
    change: dict[str, Any] = json.loads(body)["entry"][0]["changes"][0]
    return change


def keys_in(body: bytes) -> list[Key]:
    value = change_of(body)["value"]
    statuses = [(status["id"], status["status"]) for status in value.get("statuses", [])]
    return statuses + [(message["id"], "inbound") for message in value.get("messages", [])]


def made_up(count: int) -> list[Told]:
    return [Told(f"id-{number}", f"wamid.{number}") for number in range(count)]


def test_every_update_arrives_signed_and_is_acknowledged(receiver: WebhookReceiver) -> None:
    report = flooded(receiver)

    arrived = {key for received in receiver.received for key in keys_in(received.body)}
    assert (report.planned, report.sent, report.acknowledged_posts, report.lost) == (100, 100, 100, 0)
    assert len(receiver.received) == 100
    assert report.acknowledged == arrived
    assert report.unacknowledged == set()
    assert all(received.is_signed_with("sandbox-secret") for received in receiver.received)
    assert {status for _, status in arrived} == {"sent", "delivered", "read", "inbound"}


def test_posts_leave_at_their_rate(receiver: WebhookReceiver) -> None:
    report = flooded(receiver, rate=100, seconds=0.3)

    assert 0.29 <= report.seconds < 1
    assert 0 < report.p50_ms <= report.p99_ms <= report.max_ms


def test_receiver_that_closes_every_connection_gets_everything() -> None:
    with WebhookReceiver(protocol="HTTP/1.0") as receiver:
        report = flooded(receiver)

        assert (report.lost, report.refused) == (0, {})
        assert len(receiver.received) == 100


def test_refused_post_is_sent_again_until_it_is_taken(receiver: WebhookReceiver) -> None:
    receiver.answers.extend([500, 503, 403, 201, 500])

    report = flooded(receiver)

    assert report.refused == {"500": 2, "503": 1, "403": 1, "201": 1}
    assert (report.retried, report.lost) == (5, 0)
    assert len(receiver.received) == 105
    assert report.unacknowledged == set()


def test_what_is_never_acknowledged_is_lost_and_named(receiver: WebhookReceiver) -> None:
    receiver.answers.extend([500] * 10_000)

    report = flooded(receiver, settle=0.1)

    assert (report.acknowledged_posts, report.lost) == (0, 100)
    assert report.acknowledged == set()
    assert report.unacknowledged == {key for received in receiver.received for key in keys_in(received.body)}


def test_receiver_that_is_not_there_loses_everything() -> None:
    with WebhookReceiver() as gone:
        pass

    report = flooded(gone, seconds=0.1, settle=0.1)

    assert (report.sent, report.lost) == (0, 50)


def test_connection_that_is_cut_is_opened_again(receiver: WebhookReceiver) -> None:
    receiver.answers.extend([0, 200, 0])

    report = flooded(receiver, connections=1)

    assert report.refused == {"connection": 2}
    assert (report.retried, report.lost) == (2, 0)


def test_receiver_that_does_not_answer_is_not_waited_for() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/hook"

        report = flood.run(FloodOptions(url=url, rate=50, seconds=0.1, connections=1, timeout=0.1, settle=0.5))

    assert report.refused["timeout"] >= 1
    assert report.lost == 5


def test_receiver_that_wakes_up_late_gets_everything() -> None:
    receiver = WebhookReceiver()
    alarm = Timer(0.4, receiver.__enter__)
    alarm.start()

    report = flooded(receiver, seconds=0.04, connections=1, timeout=0.1)

    alarm.join()
    receiver.__exit__()
    assert report.refused["timeout"] >= 1
    assert (report.lost, report.unacknowledged) == (0, set())


def test_acknowledged_once_is_acknowledged(receiver: WebhookReceiver) -> None:
    report = flooded(receiver, messages=[TOLD], **STATUSES_ALONE)

    assert report.acknowledged == {(TOLD.wamid, status) for status in ("sent", "delivered", "read")}
    assert report.acknowledged_posts == 100


def test_status_is_about_the_message_that_was_named() -> None:
    (body,) = planned([TOLD], 1)

    value = change_of(body.content)["value"]
    (status,) = value["statuses"]
    assert body.keys == ((TOLD.wamid, "sent"),)
    assert (status["id"], status["biz_opaque_callback_data"]) == (TOLD.wamid, "our-id")
    assert (status["recipient_id"], status["recipient_user_id"]) == (PERSON.wa_id, PERSON.user_id)
    assert value["contacts"] == [{"wa_id": PERSON.wa_id, "user_id": PERSON.user_id}]
    assert value["metadata"]["phone_number_id"] == "676188225586230"


def test_each_message_is_sent_delivered_and_read_in_turn() -> None:
    told = [key for body in planned(made_up(40), 120) for key in body.keys]

    for number in range(40):
        assert [status for wamid, status in told if wamid == f"wamid.{number}"] == ["sent", "delivered", "read"]
    assert told[0] == ("wamid.0", "sent")
    assert told.index(("wamid.0", "delivered")) > told.index(("wamid.5", "sent"))


def test_when_all_is_told_it_begins_again() -> None:
    told = [key for body in planned(made_up(2), 12) for key in body.keys]

    assert Counter(told) == dict.fromkeys(told, 2)


def test_updates_of_one_kind_share_a_post() -> None:
    planned_bodies = planned(made_up(200), 20, updates_per_post=50, inbound=0.5)

    values = [change_of(body.content)["value"] for body in planned_bodies]
    assert {len(value.get("statuses", value.get("messages"))) for value in values} == {50}
    assert {"messages" in value for value in values} == {True, False}
    assert all(len(body.keys) == 50 for body in planned_bodies)


def test_doubled_post_is_the_same_to_the_byte() -> None:
    contents = Counter(body.content for body in planned(made_up(1000), 1000, double=0.2))

    assert set(contents.values()) == {1, 2}


def test_reversed_message_is_read_first() -> None:
    told = [key for body in planned(made_up(40), 120, reverse=1.0) for key in body.keys]

    assert [status for wamid, status in told if wamid == "wamid.7"] == ["read", "delivered", "sent"]


def test_late_status_comes_after_those_behind_it_and_is_not_forgotten() -> None:
    in_time = [key for body in planned(made_up(3000), 9000) for key in body.keys]
    late = [key for body in planned(made_up(3000), 9000, late=0.1) for key in body.keys]

    assert sorted(late) == sorted(in_time)
    assert late != in_time


def test_hidden_people_have_user_ids_and_no_numbers() -> None:
    for body in planned([TOLD], 10, hide_numbers=1.0, inbound=0.5):
        assert PERSON.wa_id.encode() not in body.content
        assert PERSON.user_id.encode() in body.content


def test_events_come_in_turn_and_restrict_nothing() -> None:
    fields = Counter(change_of(body.content)["field"] for body in planned([TOLD], 8, events=1.0))

    assert fields == {
        "message_template_status_update": 2,
        "message_template_quality_update": 2,
        "business_capability_update": 2,
        "account_alerts": 2,
    }


def test_mix_is_the_same_with_the_same_seed() -> None:
    def steps(seed: int) -> list[list[str]]:
        mixed = planned(made_up(50), 200, inbound=0.3, events=0.1, late=0.1, reverse=0.2, seed=seed)
        return [[status for _, status in body.keys] for body in mixed]

    assert steps(1) == steps(1) != steps(2)


def test_messages_are_read_one_a_line_and_the_phone_is_found_in_the_wamid() -> None:
    lines = [f"our-id {TOLD.wamid}\n", "\n", "other wamid.HBg= +13855007717", "third wamid.HBg=\n"]

    messages = read_messages(lines)

    assert messages == [TOLD, Told("other", "wamid.HBg=", "+13855007717"), Told("third", "wamid.HBg=", "")]


def test_message_to_nobody_known_is_told_about_without_a_recipient() -> None:
    (body,) = planned([Told("our-id", "wamid.x")], 1)

    value = change_of(body.content)["value"]
    assert "contacts" not in value
    assert {"recipient_id", "recipient_user_id"} & set(value["statuses"][0]) == set()


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", (200, True)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", (200, None)),
        (b"HTTP/1.1 200 OK\r\nContent-Le", (0, None)),
        (b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", (403, False)),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", (200, False)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", (200, True)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", (200, None)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", (204, True)),
        (b"HTTP/1.1 200 OK\r\n\r\n", (200, False)),
    ],
)
def test_answer_is_read_for_its_status_and_its_end(data: bytes, answer: tuple[int, bool | None]) -> None:
    assert read_answer(data) == answer


def test_command_prints_what_came_of_it_and_ends_with_json(receiver: WebhookReceiver, tmp_path: Path) -> None:
    file = tmp_path / "messages"
    file.write_text(f"our-id {TOLD.wamid}\n")
    flags = ["--rate", "200", "--seconds", "0.1", "--app-secret", "S", "--messages", str(file), "--connections", "4"]
    command = [sys.executable, "-m", "sandbox.flood", *flags, receiver.url]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)

    report = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, done.stderr) == (0, "")
    assert (report["planned"], report["acknowledged"], report["lost"]) == (20, 20, 0)
    assert receiver.received[0].is_signed_with("S")
    assert report["acknowledged_updates"] >= 3


def test_command_tells_loss_by_its_exit_status(
    receiver: WebhookReceiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answers.extend([500] * 10_000)
    monkeypatch.setattr(sys, "stdin", io.StringIO("our-id wamid.x"))

    flags = ["--rate", "100", "--seconds", "0.1", "--settle", "0.05", "--connections", "4", "--messages", "-"]

    status = flood.main([*flags, receiver.url])

    assert status == 1
    assert "500: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["https://127.0.0.1/"], "the URL must begin with http://"),
        (["--double", "2", "http://127.0.0.1/"], "double must be a fraction between 0 and 1"),
        (["--rate", "0", "http://127.0.0.1/"], "rate must be more than 0"),
        (["--updates-per-post", "1001", "http://127.0.0.1/"], "updates_per_post must be 1 to 1000"),
        (["--messages", "0", "http://127.0.0.1/"], "at least one message"),
        (["--messages", "/nowhere", "http://127.0.0.1/"], "No such file"),
    ],
)
def test_wrong_flag_is_told_in_a_sentence(capsys: pytest.CaptureFixture[str], flags: list[str], problem: str) -> None:
    status = flood.main(flags)

    assert status == 2
    assert problem in capsys.readouterr().err


def test_line_that_names_no_message_is_told() -> None:
    with pytest.raises(ValueError, match='line 2 must be "message_id wamid"'):
        read_messages(["a wamid.x", "b"])


@pytest.mark.parametrize("flag", ["--messages", *(flag for flag, _, _ in flood.FLAGS)])
def test_docs_explain_every_flag(flag: str) -> None:
    assert f"| `{flag}` |" in DOCS.read_text().split("## Flood")[1]
