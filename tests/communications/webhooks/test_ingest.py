"""The door for volume: the same answers as the Django view, one INSERT for all that wait, 503 rather than a queue."""

import hashlib
import hmac
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import OperationalError, connection
from prometheus_client import REGISTRY

from communications.models import WebhookEvent
from communications.webhooks import ingest as ingest_module
from tests.communications.webhooks import doors
from tests.communications.webhooks.doors import ask, request
from tests.conftest import APP_SECRET

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]

BODY = b'{"object": "whatsapp_business_account", "entry": []}'
HANDSHAKE = "?hub.mode=subscribe&hub.verify_token=sandbox-verify-token&hub.challenge=1158201444"
PATH = "/api/webhooks/whatsapp/"
# Django adds headers of its own to every answer; these are the ones that a caller acts on.
COMPARED = ("content-type", "content-length", "allow", "retry-after")


def sign(body, secret=APP_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(body, secret=APP_SECRET):
    return request("POST", body=body, X_Hub_Signature_256=sign(body, secret))


def counted(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


@pytest.fixture
def ingest():
    with doors.ingest() as url:
        yield url


@pytest.fixture
def both(ingest, live_server):
    """Ask both doors the same and return the view's answer, having seen that the other one is equal."""

    def ask_both(raw):
        of_view, of_ingest = ask(live_server.url, raw), ask(ingest, raw)
        assert (of_ingest.status, of_ingest.body) == (of_view.status, of_view.body)
        assert {name: of_ingest.headers.get(name) for name in COMPARED} == {
            name: of_view.headers.get(name) for name in COMPARED
        }
        return of_view

    return ask_both


@pytest.fixture
def table_away():
    """The database is there and takes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE communications_webhookevent RENAME TO put_away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE put_away RENAME TO communications_webhookevent")


@dataclass(frozen=True)
class Timed:
    status: int
    seconds: float


def timed(url, raw):
    started = time.monotonic()
    return Timed(ask(url, raw).status, time.monotonic() - started)


@pytest.mark.parametrize(
    ("raw", "status", "stored"),
    [
        pytest.param(signed(BODY), 200, 1, id="signed"),
        pytest.param(signed(b"not JSON"), 200, 1, id="signed, not JSON"),
        pytest.param(signed(b""), 200, 1, id="signed, empty"),
        pytest.param(signed(b'{"text": "\\u0000 \x00 \xff"}'), 200, 1, id="signed, with what databases dislike"),
        pytest.param(signed(BODY * 40_000), 200, 1, id="signed, 2 MB"),
        pytest.param(request("POST", body=BODY), 401, 0, id="no signature"),
        pytest.param(signed(BODY, "another secret"), 403, 0, id="signed with another secret"),
        pytest.param(request("POST", body=BODY, X_Hub_Signature_256="sha256=é"), 403, 0, id="signature not ASCII"),
        pytest.param(
            request("POST", X_Hub_Signature_256=sign(BODY), Content_Length=str(4 * 1024 * 1024 + 1)), 413, 0,
            id="over 4 MB",
        ),
        pytest.param(request("GET", path=PATH + HANDSHAKE), 200, 0, id="handshake"),
        pytest.param(request("GET", path=PATH + HANDSHAKE + "%3Cscript%3E%C3%A9"), 200, 0, id="handshake, escaped"),
        pytest.param(request("GET", path=PATH + HANDSHAKE.replace("sandbox", "x")), 403, 0, id="handshake, wrong"),
        pytest.param(request("GET", path=PATH + HANDSHAKE.replace("sandbox", "%FF")), 403, 0, id="handshake, no UTF-8"),
        pytest.param(request("GET"), 403, 0, id="handshake without anything"),
        pytest.param(request("PUT", body=BODY), 405, 0, id="PUT"),
        pytest.param(request("DELETE"), 405, 0, id="DELETE"),
        pytest.param(request("OPTIONS"), 405, 0, id="OPTIONS"),
    ],
)  # fmt: skip
def test_both_doors_give_the_same_answer_and_keep_the_same(raw, status, stored, both):
    answer = both(raw)

    assert answer.status == status
    assert WebhookEvent.objects.count() == 2 * stored


def test_both_doors_keep_every_byte(both):
    body = bytes(range(256)) * 3

    both(signed(body))

    assert [bytes(event.body) for event in WebhookEvent.objects.all()] == [body, body]


def test_either_of_two_secrets_signs_while_one_is_rotated(both, settings):
    settings.WHATSAPP_APP_SECRET = f"the new one, {APP_SECRET}"

    assert both(signed(BODY)).status == 200
    assert both(signed(BODY, "the new one")).status == 200


@pytest.mark.parametrize("path", ["/", "/api/webhooks/whatsapp", "/api/webhooks/", "/metrics", "/admin/"])
def test_ingest_serves_nothing_else(ingest, path):
    assert ask(ingest, request("GET", path=path)).status == 404


def test_handshake_of_too_many_fields_is_refused(ingest):
    assert ask(ingest, request("GET", path=PATH + "?" + "a&" * 2000)).status == 400


def test_body_in_chunks_is_kept_whole(ingest):
    chunks = b"".join(b"%x\r\n%s\r\n" % (1000, b"x" * 1000) for _ in range(500)) + b"0\r\n\r\n"
    head = request("GET", X_Hub_Signature_256=sign(b"x" * 500_000), Transfer_Encoding="chunked")

    answer = ask(ingest, head.replace(b"GET", b"POST", 1) + chunks)

    assert answer.status == 200
    assert len(WebhookEvent.objects.get().body) == 500_000


def test_body_in_chunks_is_read_no_further_than_the_limit(ingest):
    chunk = b"%x\r\n%s\r\n" % (1024 * 1024, b"x" * 1024 * 1024)
    head = request("GET", X_Hub_Signature_256="sha256=x", Transfer_Encoding="chunked").replace(b"GET", b"POST", 1)

    # The end is never sent: whoever waited for it would not answer.
    answer = ask(ingest, head + chunk * 5)

    assert answer.status == 413


def test_view_asks_for_the_length_of_a_body_in_chunks(live_server):
    head = request("GET", X_Hub_Signature_256="sha256=x", Transfer_Encoding="chunked").replace(b"GET", b"POST", 1)

    assert ask(live_server.url, head).status == 411


def test_refusals_are_counted_by_reason(both):
    reasons = ("unsigned", "wrong_signature", "too_large")
    before = [counted("whatsapp_webhooks_refused_total", reason=reason) for reason in reasons]

    both(request("POST", body=BODY))
    both(signed(BODY, "another"))
    both(request("POST", Content_Length="99999999"))

    after = [counted("whatsapp_webhooks_refused_total", reason=reason) for reason in reasons]
    assert [later - earlier for earlier, later in zip(before, after, strict=True)] == [2, 2, 2]


def test_accepted_webhooks_are_counted(both):
    before = counted("whatsapp_webhooks_accepted_total")

    both(signed(BODY))

    assert counted("whatsapp_webhooks_accepted_total") - before == 2


def test_what_waits_is_stored_together():
    batches = []
    arrived = threading.Event()

    def store(bodies):
        batches.append(len(bodies))
        if len(batches) == 1:
            arrived.wait(0.3)
        return ingest_module.store(bodies)

    with doors.ingest(store) as url, ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(lambda _: ask(url, signed(BODY)).status, range(20)))

    assert answers == [200] * 20
    assert WebhookEvent.objects.count() == 20
    assert len(batches) <= 3


# SQLite takes some 200 rows at once.
@pytest.mark.parametrize("count", [1, 150])
def test_one_insert_stores_any_number(count, django_assert_max_num_queries):
    with django_assert_max_num_queries(3) as captured:
        ingest_module.store([b"%d" % number for number in range(count)])

    assert [bytes(event.body) for event in WebhookEvent.objects.order_by("pk")] == [b"%d" % n for n in range(count)]
    if connection.vendor == "postgresql":
        assert sum("INSERT" in query["sql"] for query in captured.captured_queries) == 1


def test_batch_that_is_not_stored_is_answered_503_and_the_next_one_is_tried():
    outcomes = iter([OperationalError("gone"), False, True])

    def store(bodies):
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with doors.ingest(store) as url:
        answers = [ask(url, signed(BODY)) for _ in range(3)]

    assert [answer.status for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "5"


def test_stalled_database_is_answered_503_within_a_second_and_at_once_from_then_on():
    goes_on = threading.Event()
    stored = []

    def store(bodies):
        goes_on.wait(20)
        stored.extend(bodies)
        return True

    with doors.ingest(store) as url:
        first = timed(url, signed(b"1"))
        second = timed(url, signed(b"2"))
        goes_on.set()
        time.sleep(0.2)
        third = timed(url, signed(b"3"))

    assert (first.status, second.status, third.status) == (503, 503, 200)
    assert second.seconds < first.seconds < 5
    # What was under way may be stored all the same; what was refused after it is not.
    assert stored == [b"1", b"3"]


def test_waiting_room_that_is_full_turns_away_at_once(monkeypatch):
    monkeypatch.setattr("communications.webhooks.batching.ROOM", 2)
    goes_on = threading.Event()

    with doors.ingest(lambda bodies: goes_on.wait(20)) as url, ThreadPoolExecutor(10) as callers:
        answers = list(callers.map(lambda _: timed(url, signed(BODY)), range(10)))
        goes_on.set()

    assert {answer.status for answer in answers} == {503}
    assert sorted(answer.seconds for answer in answers)[5] < 5


def test_memory_that_is_full_turns_away(monkeypatch):
    monkeypatch.setattr(ingest_module, "MEMORY_LIMIT", 1000)
    body = b"x" * 2000

    with doors.ingest() as url:
        too_much, little = ask(url, signed(body)), ask(url, signed(BODY))

    assert (too_much.status, little.status) == (503, 200)
    assert WebhookEvent.objects.count() == 1


def test_what_cannot_be_stored_is_answered_503_by_both(both, table_away):
    before = counted("whatsapp_webhooks_put_off_total")

    answer = both(signed(BODY))

    assert (answer.status, answer.headers["retry-after"], answer.body) == (503, "5", b"")
    assert counted("whatsapp_webhooks_put_off_total") - before == 2


def test_view_leaves_processing_to_a_worker_where_told(live_server, settings):
    settings.WHATSAPP_PROCESS_WEBHOOKS_IN_REQUEST = False

    ask(live_server.url, signed(BODY))

    assert WebhookEvent.objects.get().processed_at is None
