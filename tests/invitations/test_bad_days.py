"""When Meta, the network or the database fails: the answer to the caller, the row left behind, and a second attempt
that sends at most one message.
"""

import pytest
from django.db import InterfaceError, OperationalError, connection

from communications.graph import client as graph_client
from communications.models import Message
from invitations.models import Invitation
from tests.local_server import LocalServer
from tests.wire import answer, closed_port, half_an_answer, hang_up, never

pytestmark = pytest.mark.django_db

HTML = b"<html><body>Sorry, something went wrong.</body></html>"


@pytest.fixture
def meta_at(settings):
    def point(url):
        settings.WHATSAPP_ACCESS_TOKEN = "sandbox-token"
        settings.WHATSAPP_GRAPH_API_URL = url

    return point


def unreachable_addresses():
    port = closed_port()
    return {
        "connection refused": f"http://127.0.0.1:{port}",
        "no such host": "http://meta.invalid",
        "no address": "http://",
    }


@pytest.mark.parametrize("address", unreachable_addresses().values(), ids=unreachable_addresses())
def test_message_that_never_left_is_503_and_may_be_sent_again(invite, meta_at, sandbox, address):
    meta_at(address)
    first = invite()
    meta_at(sandbox.url)

    second = invite()

    assert (first.status_code, first.json()["code"]) == (503, "service_unavailable")
    assert second.status_code == 200
    assert second.json()["invitationId"] == first.json()["invitationId"]
    assert len(sandbox.messages()) == 1


def test_tls_that_fails_is_503_and_nothing_was_written(invite, meta_at):
    with LocalServer(hang_up) as server:
        meta_at(server.url.replace("http://", "https://"))

        response = invite()

        assert response.status_code == 503
        assert Message.objects.get().status == "failed"


def test_connection_that_takes_too_long_is_503(invite, meta_at, monkeypatch):
    monkeypatch.setattr(graph_client, "CONNECT_TIMEOUT", 0.05)
    # A listener whose queue is full leaves further connections waiting.
    import socket

    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        meta_at(f"http://127.0.0.1:{listener.getsockname()[1]}")

        response = invite()

    assert response.status_code == 503
    assert Message.objects.get().status == "failed"


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hang_up, id="cut after the request"),
        pytest.param(half_an_answer, id="cut within the answer"),
        pytest.param(never, id="no answer in time"),
        pytest.param(answer(500, HTML, content_type="text/html"), id="500 with HTML"),
        pytest.param(answer(503, b"{}"), id="503 without a code"),
        pytest.param(answer(500, b'{"error": {"code": 131000, "message": "Something went wrong"}}'), id="131000"),
        pytest.param(answer(500, b'{"error": {"code": 987654}}'), id="500 with a code nobody knows"),
        pytest.param(answer(200, HTML), id="200 with HTML"),
        pytest.param(answer(200, b""), id="200 with nothing"),
        pytest.param(answer(200, b"{}"), id="200 without a message"),
        pytest.param(answer(200, b'{"messages": [{"id": 5}]}'), id="200 without a readable wamid"),
        pytest.param(answer(200, b"[" * 100_000), id="200 with a deep list"),
    ],
)
def test_message_that_may_have_left_is_504_and_not_sent_again(invite, meta_at, monkeypatch, behaviour):
    monkeypatch.setattr(graph_client, "READ_TIMEOUT", 0.3)
    with LocalServer(behaviour) as server:
        meta_at(server.url)

        first, second = invite(), invite()

        assert (first.status_code, first.json()["code"]) == (504, "delivery_unconfirmed")
        assert (second.status_code, second.json()["code"]) == (409, "recently_invited")
        assert len(server.requests) == 1
        assert Message.objects.get().status == "unconfirmed"


def test_expired_token_is_503_and_the_next_message_is_not_even_tried(invite, meta_at):
    refused = answer(401, b'{"error": {"code": 190, "message": "Session has expired", "fbtrace_id": "Abc"}}')
    with LocalServer(refused) as server:
        meta_at(server.url)

        first, second = invite("+12025550100"), invite("+12025550111")

        assert [first.status_code, second.status_code] == [503, 503]
        assert first.json()["fbtraceId"] == "Abc"
        assert len(server.requests) == 1


def test_refusal_with_a_code_nobody_knows_says_so_with_its_id(invite, meta_at):
    with LocalServer(answer(400, b'{"error": {"code": 987654, "fbtrace_id": "Abc"}}')) as server:
        meta_at(server.url)

        response = invite()

    assert response.status_code == 502
    assert "987654" in response.json()["detail"]
    assert response.json()["fbtraceId"] == "Abc"


def test_redirect_is_not_followed(invite, meta_at, sandbox):
    def redirect(connection, request):
        connection.sendall(f"HTTP/1.1 307 Moved\r\nLocation: {sandbox.url}\r\nContent-Length: 0\r\n\r\n".encode())

    with LocalServer(redirect) as server:
        meta_at(server.url)

        response = invite()

    assert response.status_code == 502
    assert sandbox.messages() == []


class _Broken:
    """Fails like a database that is gone whenever a statement starts like this."""

    error: Exception = OperationalError("database is locked")

    def __init__(self, start):
        self.start = start

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(self.start):
            raise self.error
        return execute(sql, params, many, context)


@pytest.mark.parametrize("statement", ["SELECT", "INSERT"])
def test_database_that_is_gone_before_the_send_is_503_and_nothing_leaves(invite, sandbox, statement):
    with connection.execute_wrapper(_Broken(statement)):
        response = invite()

    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert int(response["Retry-After"]) > 0
    assert sandbox.messages() == []


def test_database_that_is_gone_after_the_send_is_504_and_not_sent_again(invite, sandbox):
    with connection.execute_wrapper(_Broken('UPDATE "communications_message"')):
        first = invite()

    second = invite()

    assert (first.status_code, first.json()["code"]) == (504, "delivery_unconfirmed")
    assert second.status_code == 409
    assert len(sandbox.messages()) == 1
    assert Message.objects.get().status == "sending"


def test_connection_to_the_database_that_breaks_after_the_send_is_504_as_well(invite, sandbox):
    broken = _Broken('UPDATE "communications_message"')
    broken.error = InterfaceError("connection already closed")
    with connection.execute_wrapper(broken):
        first = invite()

    assert (first.status_code, first.json()["code"]) == (504, "delivery_unconfirmed")


@pytest.mark.django_db(transaction=True)
def test_answer_is_true_even_if_its_key_cannot_be_kept(invite, sandbox):
    key = {"Idempotency-Key": "once"}
    with connection.execute_wrapper(_Broken('UPDATE "communications_idempotencykey" SET "answer_status"')):
        first = invite(headers=key)

    assert first.status_code == 200
    assert invite(headers=key).status_code == 409
    assert len(sandbox.messages()) == 1


def test_message_that_could_not_be_recorded_is_brought_up_to_date_by_webhook(invite, api, hand_over_webhooks):
    with connection.execute_wrapper(_Broken('UPDATE "communications_message"')):
        sent = invite().json()

    hand_over_webhooks()

    body = api.get(f"/api/invitations/{sent['invitationId']}/").json()
    assert body["status"] == "read"
    assert body["messageId"].startswith("wamid.")


def test_page_of_a_database_that_is_gone_is_503_in_words(client, inviter):
    client.force_login(inviter)
    with connection.execute_wrapper(_Broken("SELECT")):
        response = client.get("/admin/login/", headers={"Accept": "text/html"})

    assert response.status_code == 503
    assert "OperationalError" not in response.content.decode()


def test_crash_between_the_row_and_the_answer_leaves_a_row_that_says_so(invite, sandbox, monkeypatch):
    def die(*args):
        raise SystemExit

    monkeypatch.setattr("communications.delivery.read_send_answer", die)
    with pytest.raises(SystemExit):
        invite()

    assert Message.objects.get().status == "sending"
    assert Invitation.objects.get().newest_message == Message.objects.get()
