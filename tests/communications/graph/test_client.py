"""One message or file over a real connection: what holds for this client, beside `test_either_client.py`."""

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
import responses

from communications.errors import DeliveryUnconfirmed, MetaUnreachable
from communications.graph import client as client_module
from communications.graph.client import GraphClient
from communications.graph.multipart import FileForm
from communications.graph.protocol import read_send_answer
from tests.communications.graph.meta_on_a_socket import (
    ACCEPTED,
    BODY,
    TOKEN,
    accept,
    credentials,
    wait_in_vain,
)
from tests.local_server import LocalServer, answered, reset


def send(base_url):
    """Send one message as the application does, and read what Meta says."""
    return read_send_answer(GraphClient().post_message(credentials(base_url), BODY))


# What leaves


@responses.activate
def test_request_is_exactly_what_the_contract_says():
    sent = responses.add(
        responses.POST, "https://graph.facebook.com/v25.0/676188225586230/messages", body=ACCEPTED, status=200
    )

    answer = GraphClient().post_message(credentials("https://graph.facebook.com"), BODY)

    request = sent.calls[0].request
    assert (answer.status, answer.body) == (200, ACCEPTED)
    assert request.method == "POST"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == BODY
    assert request.req_kwargs["timeout"] == (3.0, 10.0)


@pytest.mark.parametrize(
    ("base", "version", "number", "url"),
    [
        ("https://graph.facebook.com/", "v25.0", "676", "https://graph.facebook.com/v25.0/676/messages"),
        ("http://127.0.0.1:9000/meta//", "v26.0", "676", "http://127.0.0.1:9000/meta/v26.0/676/messages"),
        ("https://g.example", "v25.0", "67/../1?x=#", "https://g.example/v25.0/67%2F..%2F1%3Fx%3D%23/messages"),
    ],
    ids=["slash at the end", "path in the base", "number that is no number"],
)
def test_messages_url(base, version, number, url):
    assert credentials(base, version=version, number=number).url("messages") == url


def test_renewed_token_travels_with_the_next_message_on_the_same_connection():
    client = GraphClient()

    with LocalServer(accept) as meta:
        client.post_message(credentials(meta.url, token="old"), BODY)
        client.post_message(credentials(meta.url, token="new"), BODY)

    assert [request.headers["authorization"] for request in meta.requests] == ["Bearer old", "Bearer new"]
    assert meta.connections == 1


def test_threads_get_each_its_own_answer():
    def echo(_connection, request):
        return answered(request.body)

    client = GraphClient()
    with LocalServer(echo) as meta, ThreadPoolExecutor(8) as pool:
        bodies = [{"number": number, "padding": "x" * 500} for number in range(80)]
        answers = list(pool.map(lambda body: client.post_message(credentials(meta.url), body), bodies))

    assert [json.loads(answer.body) for answer in answers] == bodies
    assert meta.connections <= 8


def test_connection_that_meta_closed_while_idle_is_replaced():
    closed = threading.Event()

    def accept_once(connection, _request):
        connection.sendall(answered(ACCEPTED))
        closed.set()

    client = GraphClient()
    with LocalServer(accept_once) as meta:
        client.post_message(credentials(meta.url), BODY)
        closed.wait(5)
        # The FIN has to arrive before the next message leaves.
        meta._threads[1].join(5)
        answer = client.post_message(credentials(meta.url), BODY)

    assert answer.status == 200
    assert meta.connections == 2


# Perhaps sent


@pytest.mark.usefixtures("impatient")
def test_silence_in_the_middle_of_the_answer_is_unconfirmed():
    def stall(connection, _request):
        connection.sendall(answered(ACCEPTED)[:-5])
        meta.stopped.wait(5)

    with LocalServer(stall) as meta, pytest.raises(DeliveryUnconfirmed):
        send(meta.url)

    assert len(meta.requests) == 1


@pytest.mark.usefixtures("impatient")
def test_silence_of_a_proxy_after_the_request_is_unconfirmed(monkeypatch):
    with LocalServer(lambda *_: wait_in_vain(proxy)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with pytest.raises(DeliveryUnconfirmed):
            send("http://graph.invalid")

    assert len(proxy.requests) == 1


# Never begun


def test_credentials_do_not_show_the_token():
    assert TOKEN not in repr(credentials("http://127.0.0.1"))


# Files


def fetch(server, into, *, limit=1000):
    return GraphClient().download(credentials(server.url), f"{server.url}/files/1", into=into, limit=limit)


def test_file_is_written_while_it_comes_and_told_by_size_and_hash():
    with LocalServer(lambda *_: answered(b"x" * 1000)) as meta:
        into = BytesIO()
        done = fetch(meta, into)

    assert (done.status, done.size, done.sha256) == (200, 1000, hashlib.sha256(b"x" * 1000).hexdigest())
    assert into.getvalue() == b"x" * 1000
    assert meta.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_file_that_is_larger_than_the_limit_is_not_read_to_its_end():
    with LocalServer(lambda *_: answered(b"x" * 5_000_000)) as meta:
        done = fetch(meta, BytesIO())

    assert 1000 < done.size < 5_000_000


def test_file_in_chunks_of_unknown_length_is_read():
    def chunked(_connection, _request):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + b"4\r\nabcd\r\n" + b"3\r\nefg\r\n" + b"0\r\n\r\n"

    with LocalServer(chunked) as meta:
        into = BytesIO()
        fetch(meta, into)

    assert into.getvalue() == b"abcdefg"


def test_line_that_drips_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(client_module, "DOWNLOAD_DEADLINE", 0.2)

    def drip(connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not meta.stopped.wait(0.05):
            connection.sendall(b"x")

    with LocalServer(drip) as meta, pytest.raises(MetaUnreachable, match="too slowly"):
        fetch(meta, BytesIO())


def break_off(connection, _request):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf a file")


@pytest.mark.parametrize(
    "behave",
    [break_off, lambda connection, _: reset(connection), lambda *_: None],
    ids=["broken off", "reset", "closed"],
)
def test_connection_that_breaks_under_a_file_is_worth_another_attempt(behave):
    with LocalServer(behave) as meta, pytest.raises(MetaUnreachable):
        fetch(meta, BytesIO())


def test_upload_that_is_not_answered_has_sent_no_message():
    form = FileForm({"type": "text/plain"}, BytesIO(b"x"), filename="file.txt", mime_type="text/plain")

    with LocalServer(lambda *_: None) as meta, pytest.raises(MetaUnreachable, match="Nothing was sent"):
        GraphClient().upload(credentials(meta.url), form)
